"""Probes: how it is asked.

Takes topic sets and the ``battery:`` block of an audit file (``BatterySpec``).
Gives items, each one conversation for every target, and a plan of what they amount to.
Add a probe family: one function from a set to drafts in ``families.py``, or a plug-in under ``evenhand.families``.
"""

from .battery import BatterySpec, build_items
from .families import Draft, Family, Turn, families
from .plan import Plan, estimated_cost, plan_battery, resolvable_difference
from .records import Item, Message

__all__ = [
    "BatterySpec",
    "Draft",
    "Family",
    "Item",
    "Message",
    "Plan",
    "Turn",
    "build_items",
    "estimated_cost",
    "families",
    "plan_battery",
    "resolvable_difference",
]
