"""Reports."""

from typing import Protocol

from exchange.domain.report import ReportQuery, ReportRow


class ReportStore(Protocol):
    """For reports. Figures count everything that was durable when they were asked for; test leads are left out."""

    async def figures_of(self, query: ReportQuery) -> list[ReportRow]:
        """Figures by query, in the order of their keys; rows of nothing are left out."""
