"""From an audit's result to one HTML file that a reader can trust, quote and check.

Takes ``analysis.AuditResult``; gives a document (``render_report``) or a file (``write_report``) that needs no network.
A section is one template in ``templates/`` and the function that feeds it: add both, and a line to ``render.SECTIONS``.
The report's own words are in ``english.py``; another language is another catalogue of the same keys.
"""

from .render import render_report, write_report

__all__ = ["render_report", "write_report"]
