"""Settings: a directory of TOML read into frozen values, or every fault at once with file, line and key.

settings_faults  Fault and SettingsError: what is wrong, for people and for programs
toml_lines  which line of a TOML file a key stands on
document       one file: read, parsed, checked against its tables, faults placed on lines
value_kinds  value kinds that several tables share: ports, seconds, paths, secrets
zones          a time zone in a key
node_keys      tables of hongyan.toml
channel_keys   tables of carriers/*.toml
account_keys   tables of accounts/*.toml
callback_keys  the table [callbacks]
party_keys     tables of companies and contacts, of mail and of notices
party_checks   what mail, notices and companies say together
data_keys      tables of data/*.toml
content_tables  tables of data/keywords.toml and templates/*.toml
content_loading what those files hold
profiles       contracts/*.toml: profiles and their versions
crosscheck     what one table cannot see: names that must exist, logins and ports that may not be equal
values         Settings, the whole
loading        load(directory) -> Settings
changes        diff(old, new) -> Changes, for a reload that touches only what changed
secret_key     the key of secrets at rest, a file in the state folder
reference      docs/configuration.md, written from the tables
clause_table   docs/clauses.md, written from docs/clauses/*.tsv
content_loading  data/keywords.toml with its word files, and templates/*.toml
term_checks     what an account, its contract and its channels say together
"""

from gateway.settings.changes import Changes, diff
from gateway.settings.loading import load
from gateway.settings.settings_faults import Fault, SettingsError
from gateway.settings.values import Settings

__all__ = ["Changes", "Fault", "Settings", "SettingsError", "diff", "load"]
