"""Topic sets: what is asked.

Takes YAML files (in the package, in ``./prompts``, in ``--sets DIR``, from plug-ins under ``evenhand.topics``).
Gives ``TopicSet`` records, and ``Defect`` records for what is wrong with a file, with line, reason and fix.
Add a topic: one YAML file. Add a check: one function in ``defects.py``. Add a language: one line in ``languages.py``.
"""

from .catalogue import Catalogue, check_topic_set, content_hash, load_topic_set
from .defects import Defect
from .languages import LANGUAGES, Language
from .records import TopicSet

__all__ = [
    "LANGUAGES",
    "Catalogue",
    "Defect",
    "Language",
    "TopicSet",
    "check_topic_set",
    "content_hash",
    "load_topic_set",
]
