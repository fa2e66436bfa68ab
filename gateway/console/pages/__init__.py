"""The pages, a module for each family; the registry finds each that has PAGES.

sign_in   sign in and out, language, own password
start     where a person begins
"""
