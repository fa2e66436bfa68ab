"""Documents as files: CSV and PDF.

csv_list       number lists and protection lists as CSV, line by line
csv_statement  a statement as CSV
pdf_statement  a statement as PDF
"""
