"""The interface specification that clients get (S4-3.4), in Chinese and English: prose around tables of the program.

text/LANGUAGE/NAME.md  the prose; a line {{table}} stands for a table of the modules below, {{example}} for a program
examples               programs that the pages print whole; tests run them
page_texts             the pages: `client_pages(language)`, each with its title, its Markdown and its HTML
code_tables            reject keys, clauses, words and codes of receipts, logins
wire_tables            statuses of SMPP, results of CMPP
api_tables             paths, fields and problems of HTTP
status_words           what statuses and results mean, in both languages
page_markup            Markdown of these pages as HTML
write_pages            docs/clients, written anew (`make pages`)
"""
