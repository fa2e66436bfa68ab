"""A private PostgreSQL where none is configured: found, made, started, watched and stopped.

embedded            starts, watches and stops it; the others are its parts
binaries            where PostgreSQL's programs come from
child_program       runs a program as a child that cannot outlive us
cluster_files       a cluster's files, and the settings written again at every start
leftover_processes  processes of a cluster whose gateway is gone: found and stopped
placement           where a private PostgreSQL lives and as whom
"""
