"""`hongyan console`: pages for people, in a process of its own that a slow page may not keep from nothing but itself.

It reads the node's database (in transactions that change nothing), and changes things by asking the running node for
its operations, with the person as actor. To add pages, write
    pages/FAMILY.py      PAGES = (Page("/lots", (FINANCE,), show_lots, menu="money.lots"),) and the functions
    templates/FAMILY/    jinja2, each `{% extends "layout.html" %}`; escaped, no script and no style inside
    words/FAMILY.toml    key = ["English", "中文"], said by `say("FAMILY.key")`
    a row in `rights` for each operation that a page asks for
The registry finds the module, the tests over all pages try it with every role.

page             a page: path, roles, methods, menu, function
page_context     what a page works with: the person, the database, operations, templates
page_registry    every page by its path; the menu of a role
pages            the pages, a module for each family
rights           who may ask for which operation: one table
node_link        operations asked of the running node, for a person
console_database  the pool of connections
sessions         tokens, cookies, who asks
sign_in_guard    against guessing: delays and locks
second_factor    codes of an authenticator, recovery codes
submitted_once   a form that comes a second time does nothing
act_forms        forms that ask for one operation: a table of their fields
statement_acts   what finance and clients do with a statement
ledger_asked     a ledger as an address asks for it
downloads        a file as an answer, the octets of an upload as a stream
form_tokens      every form proves that it is ours (CSRF)
notices_shown    a sentence on the next page
reader_language  the language of who reads: chosen, else the browser's
catalogue        all words in both languages
wall_cells       what the wall shows of a node, cell by cell
runbooks         the runbooks as pages show them, by alert
firing_alerts    the alerts that fire: of Prometheus, else of the node itself
filters          money, days, moments and numbers as pages show them
security_headers  what every answer forbids browsers to do
static_files     style, scripts, their hashes
event_stream     parts of a page, sent while it is open
open_streams     how many of them there are
fault_pages      what a person reads when something is wrong
application      all of it as one aiohttp application; limits, and a line for each request
process          the process: signals, TLS, start and end
"""
