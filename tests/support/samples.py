"""Two providers written out by hand: the barest that clients take, and one with everything."""

from __future__ import annotations

from autoconfig.model import (
    Authentication,
    FormField,
    HelpPage,
    InputField,
    LocalizedText,
    LoginForm,
    OAuth2,
    Pop3Options,
    Provider,
    Server,
    ServerType,
    SocketType,
    Source,
    Status,
    Webmail,
)

ADDRESS = "%EMAILADDRESS%"
PASSWORD = (Authentication.PASSWORD_CLEARTEXT,)
HTTP = (Authentication.OAUTH2, Authentication.HTTP_BASIC)

BARE = Provider(
    id="example.com",
    name="Example",
    domains=("example.com",),
    servers=(
        Server(type=ServerType.IMAP, hostname="imap.example.com", username=ADDRESS, authentication=PASSWORD),
        Server(type=ServerType.SMTP, hostname="smtp.example.com", username=ADDRESS, authentication=PASSWORD),
    ),
)

RICH = Provider(
    id="example.com",
    name="Example & Söhne <mail>",
    short_name="例え",
    domains=("example.com", "example.net"),
    mx_domains=("mx.example.com",),
    servers=(
        Server(
            type=ServerType.IMAP,
            hostname="imap.example.com",
            username=ADDRESS,
            authentication=(Authentication.OAUTH2, Authentication.SASL_SCRAM_SHA_256, *PASSWORD),
        ),
        Server(
            type=ServerType.POP3,
            hostname="pop.example.com",
            socket_type=SocketType.STARTTLS,
            username="%EMAILLOCALPART%",
            authentication=PASSWORD,
            pop3=Pop3Options(
                leave_messages_on_server=True,
                download_on_biff=False,
                days_to_leave_messages_on_server=14,
                check_interval_minutes=15,
            ),
        ),
        Server(type=ServerType.JMAP, url="https://jmap.example.com/session", username=ADDRESS, authentication=HTTP),
        Server(
            type=ServerType.EXCHANGE,
            hostname="exchange.example.com",
            username=ADDRESS,
            authentication=(Authentication.NTLM,),
            owa_url="https://exchange.example.com/owa/",
            ews_url="https://exchange.example.com/ews/exchange.asmx",
            eas_url="https://exchange.example.com/Microsoft-Server-ActiveSync",
        ),
        Server(
            type=ServerType.SMTP,
            hostname="smtp.example.com",
            port=2525,
            socket_type=SocketType.STARTTLS,
            authentication=(Authentication.CLIENT_IP_ADDRESS,),
            restriction="client-IP-address",
            add_this_server=True,
            use_global_preferred_server=False,
        ),
        Server(type=ServerType.MANAGESIEVE, hostname="sieve.example.com", username=ADDRESS, authentication=PASSWORD),
        Server(type=ServerType.CALDAV, url="https://dav.example.com/cal", username=ADDRESS, authentication=HTTP),
        Server(type=ServerType.CARDDAV, url="https://dav.example.com/card", username=ADDRESS, authentication=HTTP),
        Server(type=ServerType.WEBDAV, url="https://dav.example.com/files", username=ADDRESS, authentication=HTTP),
        Server(type=ServerType.XMPP, hostname="xmpp.example.com", username=ADDRESS, authentication=PASSWORD),
        Server(type=ServerType.OPENTALK, url="https://talk.example.com/", authentication=(Authentication.OAUTH2,)),
    ),
    webmail=Webmail(
        login_page="https://mail.example.com/?domain=%EMAILDOMAIN%",
        login_form=LoginForm(
            url="https://mail.example.com/login",
            username=ADDRESS,
            username_field=FormField(id="user", name="login"),
            password_field=FormField(id="pass"),
            login_button=FormField(name="go"),
            wait_for_redirection_url_prefix="https://sso.example.com/",
        ),
    ),
    documentation=(
        HelpPage(
            "https://example.com/help",
            (LocalizedText("en", "Set up your mail"), LocalizedText("ar", "إعداد البريد"), LocalizedText("", "Mail")),
        ),
    ),
    instructions=(HelpPage("https://example.com/apps", (LocalizedText("nl", "Programma's"),)),),
    enable=(HelpPage("https://example.com/imap", (LocalizedText("de", "IMAP einschalten"),)),),
    input_fields=(InputField("USERNAME", "Screen name", "jan"),),
    oauth2=OAuth2(
        issuer="login.example.com",
        auth_url="https://login.example.com/auth",
        token_url="https://login.example.com/token",
        scopes=("imap", "offline_access"),
        client_id="open",
        client_secret="public",
    ),
    client_config_update="https://example.com/update.xml",
    sources=(Source("https://example.com/help", "2026-03"),),
    status=Status.UNCONFIRMED,
)
