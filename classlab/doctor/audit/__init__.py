"""The audit of Keras scripts and notebooks: reads them, follows their data, never runs or imports them."""

from classlab.doctor.audit.audit import Audit, Silenced, audit_file, audit_source, files_in
from classlab.doctor.audit.rulebook import RULES

__all__ = ["RULES", "Audit", "Silenced", "audit_file", "audit_source", "files_in"]
