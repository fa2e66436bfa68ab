"""What a text says, pure: words, templates, links and numbers in it, its fingerprint, and the rules over all of these.

normal      the one spelling in which texts are compared: narrow, lower case, simplified, without symbols
lexicon     forbidden, doubtful and advertising words by category, found in one pass
templates   filed texts with variables, and the one that a text was made of
links       links and telephone numbers in a text
kills       contents that an operator stopped: by fingerprint, phrase or template
lists       everything above as configured, read once for all accounts
rules       what an account's contract makes of it: the verdict on a message
integrity   what was added to a text, and that nothing else was changed
disguise    signatures in other brackets, with hidden characters, behind a greeting: own ones, and somebody else's
replies     what a recipient's reply asks for, read as a whole
offers      what a sent text offers to whoever replies, key by key
variants    traditional characters and their simplified forms, so that a word has one spelling
"""
