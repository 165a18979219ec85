"""The fields of each type of audit record about models."""

from typing import assert_never

from application.ports.audit_log import AuditValue
from domain.ai.model_news import (
    ModelDrifted,
    ModelNews,
    ModelPromoted,
    ModelRolledBack,
    RetrainRequested,
)

Fields = dict[str, AuditValue]
_LEARNING = "learning"


def of_models(fact: ModelNews) -> tuple[str, Fields]:
    """Return type and fields of the record of *fact*."""
    fields: Fields = {"model_name": fact.name}
    match fact:
        case ModelPromoted():
            fields |= {
                "actor": fact.actor,
                "old_version": fact.old,
                "new_version": fact.new,
                "reason": fact.reason,
                "share": fact.share,
            }
            return "model.promoted", fields
        case ModelRolledBack():
            fields |= {
                "actor": fact.actor,
                "old_version": fact.old,
                "new_version": fact.new,
                "reason": fact.reason,
            }
            return "model.rollback_initiated", fields
        case ModelDrifted():
            fields |= {
                "actor": _LEARNING,
                "version": fact.model,
                "measure": fact.measure,
                "value": fact.value,
                "limit": fact.limit,
            }
            return "model.drift_detected", fields
        case RetrainRequested():
            fields |= {
                "actor": _LEARNING,
                "version": fact.model,
                "reason": "+".join(fact.triggers),
            }
            return "model.retrain_requested", fields
        case _:
            assert_never(fact)
