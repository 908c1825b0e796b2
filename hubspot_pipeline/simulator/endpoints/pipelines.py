"""The pipelines API, as far as it reads: pipelines and their stages (scopes: hubspot-api §7.5)."""

from hubspot_pipeline.simulator.account.account import Account
from hubspot_pipeline.simulator.account.pipelines import Pipeline, Stage
from hubspot_pipeline.simulator.answers import Answer
from hubspot_pipeline.simulator.calls import Call
from hubspot_pipeline.simulator.endpoints.missing import no_such
from hubspot_pipeline.simulator.endpoints.shown import Shown


def list_all(account: Account, call: Call) -> Answer:
    """The pipelines of an object type, without paging; none for a type that has none."""
    pipelines = account.pipelines.of(account.types.find(call.parameters["object_type"]))
    return Answer(200, {"results": [_shown(one) for one in pipelines]})


def read(account: Account, call: Call) -> Answer:
    """One pipeline with its stages."""
    return Answer(200, _shown(_find(account, call)))


def list_stages(account: Account, call: Call) -> Answer:
    """The stages of a pipeline in their order."""
    stages = _find(account, call).stages
    return Answer(200, {"results": [_stage_shown(one) for one in stages]})


def read_stage(account: Account, call: Call) -> Answer:
    """One stage of a pipeline."""
    found = _find(account, call).stage(call.parameters["stage_id"])
    if found is None:
        raise no_such(f"The stage {call.parameters['stage_id']} does not exist.")
    return Answer(200, _stage_shown(found))


def _find(account: Account, call: Call) -> Pipeline:
    kind = account.types.find(call.parameters["object_type"])
    found = account.pipelines.find(kind, call.parameters["pipeline_id"])
    if found is None:
        raise no_such(f"The pipeline {call.parameters['pipeline_id']} does not exist.")
    return found


def _shown(pipeline: Pipeline) -> Shown:
    return {
        "label": pipeline.label,
        "displayOrder": pipeline.display_order,
        "id": pipeline.id,
        "stages": [_stage_shown(one) for one in pipeline.stages],
        "createdAt": pipeline.created,
        "updatedAt": pipeline.updated,
        "archived": False,
    }


def _stage_shown(stage: Stage) -> Shown:
    return {
        "label": stage.label,
        "displayOrder": stage.display_order,
        "metadata": stage.metadata,
        "id": stage.id,
        "createdAt": stage.created,
        "updatedAt": stage.updated,
        "archived": False,
        "writePermissions": "CRM_PERMISSIONS_ENFORCEMENT",
    }
