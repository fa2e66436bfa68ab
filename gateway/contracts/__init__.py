"""The contract is the configuration: every clause that software can compute, as pure functions of a profile.

keys             how a profile key is declared: value kinds, default, clauses
content_keys     keys of length, splitting, signature, window, content, frequency
list_keys        keys of number lists: which list decides, unsubscription, words of an MO
money_keys       keys of charging, prices, packages, caps, penalties
term_keys        keys of statements, due dates, reconciliation, notices, retention
regime           keys of the complaint regime
profile          the whole profile of one contract; reading it, with every fault at once
findings         contradictions inside a profile, explained
clauses          which clause a key, or a refusal, stands on
clause_sentences what each clause says, in a sentence for people, in both languages
billing          billed segments of a final text
signature        the 【signature】: registration, own, foreign, missing
window           quiet hours: held until when
working_days     the State Council calendar; periods and month ends
dates            statement, confirmation, due date, late fee
deadlines        notices, forms, terms: what is due when
reconcile        two figures for one month, and what the contract says of the difference
charges          what a message, a month, a breach costs
prices           price versions: which one a message is judged by
lots             credits bought in lots that expire
annex            the rows of the complaint regime: states, triggers, rates
complaints       the complaint regime stepped day by day; live, late tickets, rectification
sending_port_terms  the sending ports of a configuration: owner, full rate, lists
sending_port_record  a port's state as plain data; its next check
sending_port_notice  the notice to the client of what happened to its port, in Chinese
sending_port_standing  where a sending port stands, live, and the facts that a step of it commits
ticket_input     a complaint as it is handed in, with every fault named
ticket_rules     its last judgement, and the duties that come with it
repairs          how long repairs took in a month, against the contract
replay           the complaint regime over a list of events; the forecast
retention        how long records stay
support          hours of support, and clocks that run in them only
mo_words         the short words of an MO that unsubscribe or subscribe
protection       key customers on the protection lists of provinces
service_faults   faults of the service: terms, repair times, the month's figures
service_type     the type of service a message belongs to
versions         which version of a contract judges when
overrides        profile keys given on a command line
reports          the same as JSON-able documents for the command line
filing           filing a signature: what papers it needs by its kind, and how far it is (S4-3.9b)
terms            the life of an account's contract: terms, renewals, its test period
"""
