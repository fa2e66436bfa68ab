"""Documents as files: CSV, PDF and workbooks.

csv_list       number lists and protection lists as CSV, line by line
csv_services   a statement as CSV for a client
csv_statement  a statement as CSV, with all that it was made of
letter_pages   pages of a document between two companies: sides, tables, seals, a return slip
pdf_letter     a letter as PDF
pdf_reconciliation  what two companies sign about a month on which they differ
pdf_statement  a statement as PDF
workbook       sheets of typed columns
xlsx_statement  a statement as a workbook
"""
