"""The static site: the files that mail clients ask for, planned from a catalog and written to a folder."""

from autoconfig.site.build import Changes, build, check
from autoconfig.site.plan import Document, Plan, plan

__all__ = ["Changes", "Document", "Plan", "build", "check", "plan"]
