"""Lints and renders the Helm chart, and holds what comes out against the schemas of Kubernetes.

Run by the Python of ``make deploy-tools`` with the folder of the chart and values as JSON; prints JSON.
"""

import json
import sys
from typing import Any

import helm_python
import kubernetes_validate
import yaml


def main(chart: str, values: dict[str, Any]) -> dict[str, Any]:
    linted = helm_python.lint(chart, values, strict=True)
    rendered = helm_python.Chart.load(chart).render(values=values, name="demo")
    manifests = [each for text in rendered.values() for each in yaml.safe_load_all(text) if each]
    problems = [message for message in linted["messages"] if message["severity"] > 1] + linted["errors"]
    for manifest in manifests:
        try:
            kubernetes_validate.validate(manifest, "1.33", strict=True)
        except kubernetes_validate.ValidationError as problem:
            problems.append(f"{manifest['kind']}: {problem.message}")
    return {"problems": problems, "manifests": manifests}


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], json.loads(sys.argv[2]))))  # noqa: T201, TID251
