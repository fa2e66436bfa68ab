"""A private PostgreSQL where none is configured: found, made, started, watched and stopped.

binaries   where PostgreSQL's programs come from
cluster    a cluster's files, and the settings written anew at every start
embedded   a private PostgreSQL when none is configured; binaries, placement, cluster, launch and orphans are its parts
launch     runs a program as a child that cannot outlive us
orphans    processes of a cluster whose gateway is gone: found and stopped
placement  where a private PostgreSQL lives and as whom
"""
