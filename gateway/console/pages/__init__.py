"""The pages, a module for each family; the registry finds each that has PAGES.

sign_in   sign in and out, language, own password
second_factor_pages  the second factor: shown at a sign-in, set up, turned off
start     where a person begins
service   customer service: search, what happened to a message, its text for a reason
"""
