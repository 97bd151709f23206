"""One small file of each database, made up for the tests."""

from __future__ import annotations

FAIREMAIL = rb"""<?xml version="1.0" encoding="utf-8"?>
<providers>
    <provider name="Example" description="Example &amp; Co" order="1" keepalive="24"
        domain="example\\.com,example\\.(net|org),.*\\.example\\.com,sample\\..*"
        mx="mx[12]\\.example\\.com,.*hosting\\.example"
        link="https://example.com/help"
        documentation="Switch IMAP on &lt;a href=&quot;https://example.com/imap&quot;&gt;here&lt;/a&gt;, it\'s off"
        documentation.nl="Zet IMAP aan">
        <imap host="imap.example.com" port="993" starttls="false"/>
        <pop host="pop.example.com" port="110" starttls="true"/>
        <smtp host="smtp.example.com" port="587" starttls="true"/>
        <oauth enabled="true" clientId="abc" clientSecret="xyz" scopes="mail,offline_access"
            authorizationEndpoint="https://login.example.com/auth" tokenEndpoint="https://login.example.com/token">
            <parameter key="access_type" value="offline"/>
        </oauth>
    </provider>
    <!-- a comment -->
    <provider name="Local" domain="local\.example" user="local">
        <imap host="local.example" port="993"/>
        <smtp host="not a host" port="465"/>
    </provider>
    <provider name="Fixed" user="mailbox" domain="example\\.com"><imap host="fixed.example"/></provider>
    <provider name="Fixed"><imap host="other.example" port="none"/></provider>
    <provider name="Off" enabled="false" domain="off\\.example"><imap host="off.example" port="993"/></provider>
</providers>
"""

MAILCORE2 = rb"""{
    "example": {
        "servers": {
            "imap": [
                {"hostname": "imap.example.com", "port": 993, "ssl": true},
                {"hostname": "imap.example.com", "port": 143, "starttls": true}
            ],
            "pop": [{"hostname": "pop.example.com", "port": 110}],
            "smtp": [{"hostname": "smtp.{domain}", "port": 465, "tls": true}, {"port": 25}]
        },
        "domain-match": ["example\\.com", "example\\.(net|org)", "sample\\..*"],
        "domain-exclude": ["mail\\.example\\.com"],
        "mx-match": ["mx\\d\\.example\\.com", "in1.mail.example.org"],
        "mailboxes": {"trash": "Bin"}
    },
    "hosted": {
        "servers": {"imap": [{"hostname": "mail.hosted.example", "port": 993, "ssl": true}], "nntp": []},
        "mx-match": [".*\\.hosted\\.example"]
    },
    "default": {"servers": {"imap": [{"port": 993, "ssl": true}]}}
}
"""

DELTACHAT = b"""---
name: Example
status: PREPARATION
domains:
  - example.com
  - b\xc3\xbccher.example
  - no domain
server:
  - type: imap
    socket: SSL
    hostname: imap.example.com
    port: 993
    username_pattern: EMAILLOCALPART
  - type: SMTP
    socket: STARTTLS
    hostname: smtp.example.com
    port: 587
  - type: nntp
    socket: SSL
    hostname: news.example.com
    port: 563
before_login_hint: |
  Make a password
  for apps first.
after_login_hint: Have fun.
strict_tls: true
last_checked: 2026-03
website: https://example.com/
---

Ask [Example](https://example.com) how.
"""

AUTOMX2 = b"""{
    "version": 2,
    "provider": "Example Ltd.",
    "domains": [{"name": "example.com", "ldapserver_id": 1}, {"name": "example.net"}],
    "ldapservers": [{"id": 1, "name": "ldap.example.com", "bind_password": "secret"}],
    "servers": [
        {"type": "smtp", "name": "smtp.example.com", "port": 587},
        {"type": "imap", "name": "slow.example.com", "prio": 20},
        {"type": "imap", "name": "imap.example.com"},
        {"type": "pop", "name": "pop.example.com", "port": 110},
        {"type": "caldav", "url": "https://dav.example.com/%EMAILADDRESS%/", "port": 8443},
        {"type": "nntp", "name": "news.example.com"}
    ]
}
"""

AUTOMX2_VERSION_1 = b"""{
    "provider": "Example Ltd.",
    "domains": ["example.com", "example.net"],
    "servers": [{"type": "imap", "name": "imap.example.com"}, {"type": "smtp", "name": "smtp.example.com"}]
}
"""

SAMPLES = {"fairemail": FAIREMAIL, "mailcore2": MAILCORE2, "deltachat": DELTACHAT, "automx2": AUTOMX2}
