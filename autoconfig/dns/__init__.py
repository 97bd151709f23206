"""DNS: typed look-ups, what SRV records say of a domain's services, gaps filled from them, and the zone that says so.

>>> from autoconfig.dns import Resolver, fill
>>> with Resolver() as resolver:
...     filled = fill(provider, resolver)

dnspython is imported with this package, so whoever has no use for DNS should not import it.
"""

from autoconfig.dns.answers import Absence, Answer, Failure, Mx, Nothing, Result, Srv, Trouble
from autoconfig.dns.fill import Filled, Gap, GapReason, Origin, Provenance, fill, fill_all
from autoconfig.dns.records import Resolver
from autoconfig.dns.survey import Caution, CautionKind
from autoconfig.dns.zone import shared_zone, unpublished, zone

__all__ = [
    "Absence",
    "Answer",
    "Caution",
    "CautionKind",
    "Failure",
    "Filled",
    "Gap",
    "GapReason",
    "Mx",
    "Nothing",
    "Origin",
    "Provenance",
    "Resolver",
    "Result",
    "Srv",
    "Trouble",
    "fill",
    "fill_all",
    "shared_zone",
    "unpublished",
    "zone",
]
