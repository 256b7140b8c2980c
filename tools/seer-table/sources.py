"""The text that the table is fitted to: which packages, at which version, under which licence, and how much of each.

None of it is part of any evaluation, and none of it is kept: only what the fit draws from all of it together.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    """One package. read names the reader in readers.py; most is how many sentences it may give (0: as many as it has)."""

    name: str
    version: str
    licence: str
    read: str
    most: int


# From Debian 12. Its mirror keeps only the newest version of a package that has had a security update: another version will do,
# but gives another table.
DEBIAN = [
    Source("wordnet-base", "1:3.0-37", "WordNet 3.0 licence (BSD-like)", "wordnet", 80_000),
    Source("python3.11-doc", "3.11.2-6+deb12u9", "PSF-2.0", "html", 16_000),
    Source("postgresql-doc-15", "15.20-0+deb12u1", "PostgreSQL", "html", 12_000),
    Source("apache2-doc", "2.4.71-1~deb12u1", "Apache-2.0", "html", 8_000),
    Source("docker-doc", "20.10.24+dfsg1-1+deb12u1", "Apache-2.0", "markdown", 4_000),
    Source("bind9-doc", "1:9.18.49-1~deb12u3", "MPL-2.0", "html", 4_000),
    Source("postfix-doc", "3.7.11-0+deb12u1", "IPL-1.0 or EPL-2.0", "html", 5_000),
    Source("dict-jargon", "4.4.7-3.1", "public domain", "dictionary", 5_000),
    Source("fortunes", "1:1.99.1-7.3", "BSD-4-Clause (the collection)", "fortunes", 9_000),
    Source("manpages", "6.03-2", "various free (manual pages)", "manual", 6_000),
    Source("manpages-dev", "6.03-2", "various free (manual pages)", "manual", 8_000),
    Source("git-man", "1:2.39.5-0+deb12u3", "GPL-2.0", "manual", 6_000),
    Source("systemd", "252.39-1~deb12u2", "LGPL-2.1-or-later", "strings", 5_000),
    Source("openssh-client", "1:9.2p1-2+deb12u10", "BSD and ISC", "strings", 1_500),
    Source("openssh-server", "1:9.2p1-2+deb12u10", "BSD and ISC", "strings", 1_500),
    Source("coreutils", "9.1-1", "GPL-3.0-or-later", "strings", 1_500),
    Source("redis-tools", "5:7.0.15-1~deb12u10", "BSD-3-Clause", "strings", 2_500),
    Source("haproxy", "2.6.12-1+deb12u4", "GPL-2.0-or-later", "strings", 3_500),
]

# From PyPI: log lines, error messages, documentation strings and the keys of records.
PYPI = [
    Source("nova", "31.0.0", "Apache-2.0", "code", 9_000),
    Source("neutron", "26.0.0", "Apache-2.0", "code", 5_000),
    Source("cinder", "26.0.0", "Apache-2.0", "code", 8_000),
    Source("keystone", "27.0.0", "Apache-2.0", "code", 3_000),
    Source("Django", "5.2.7", "BSD-3-Clause", "code", 4_000),
    Source("kafka-python", "2.2.15", "Apache-2.0", "code", 3_000),
    Source("aiokafka", "0.12.0", "Apache-2.0", "code", 1_500),
    Source("celery", "5.5.3", "BSD-3-Clause", "code", 3_000),
    Source("salt", "3007.8", "Apache-2.0", "code", 12_000),
    Source("ansible-core", "2.18.10", "GPL-3.0-or-later", "code", 4_000),
    Source("SQLAlchemy", "2.0.44", "MIT", "code", 3_000),
    Source("apache-airflow-core", "3.1.0", "Apache-2.0", "code", 4_000),
    Source("Scrapy", "2.13.3", "BSD-3-Clause", "code", 1_500),
    Source("distributed", "2025.9.1", "BSD-3-Clause", "code", 2_500),
]

# One line on each of Debian's packages, out of apt's own index (their maintainers' text, under the packages' licences).
DESCRIPTIONS = Source("package descriptions", "Debian 12", "various free", "descriptions", 20_000)
