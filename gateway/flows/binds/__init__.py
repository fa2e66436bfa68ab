"""Who may connect and bind: credentials, addresses, how many, how often.

api_access         who may use the HTTP API: by a token, or by login and password
api_tokens         the tokens of the HTTP API, by what is kept of them
admission          who may bind, from where, how often
bans               logins, and at last addresses, that are shut out after wrong logins
connection_limits  a listener's connections: how many, and which one goes for a new one
peer_networks      addresses as they are counted, and the networks that accounts list
"""
