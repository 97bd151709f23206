"""The static site: the files that mail clients ask for, planned from a catalog and written to a folder."""

from autoconfig.site.build import build, check
from autoconfig.site.compare import Changes
from autoconfig.site.file import File
from autoconfig.site.plan import Document, Layout, Plan, plan
from autoconfig.site.stage import Stage

__all__ = ["Changes", "Document", "File", "Layout", "Plan", "Stage", "build", "check", "plan"]
