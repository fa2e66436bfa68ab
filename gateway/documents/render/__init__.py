"""Documents as files: CSV and PDF.

csv_statement  a statement as CSV
pdf_statement  a statement as PDF
"""
