"""Documents of the contracts, pure: what is to be done by when, statements, differences, reports.

tasks       duties: what, by which clause, by when
facts       from a fact to its duties: a violation, a form, a breach, a change
terms       when a contract ends or goes on; papers that expire
"""
