#!/bin/sh
# What an integration engine does: keep a chart in the FHIR server, say that it changed, and ask what became of it.
set -eu
fhir=${FHIR:-http://fhir:8080/fhir}
service=${SERVICE:-http://gateway:8080}
chart=${CHART:-/chart.json}
json='Content-Type: application/fhir+json'

echo "Keeping the chart at $fhir"
# The FHIR server takes a minute to start.
curl -fsS --retry 90 --retry-delay 2 --retry-all-errors -o /dev/null -H "$json" --data-binary "@$chart" "$fhir"

echo "Notifying $service"
# Only who it is about: the service reads the chart where it is kept.
location=$(curl -fsS -o /dev/null -D - -H "$json" -H "Idempotency-Key: example-$(date +%s)" \
  --data-binary '{"resourceType":"Patient","id":"p1"}' "$service/fhir/\$mmn-notify" \
  | tr -d '\r' | sed -n 's/^[Cc]ontent-[Ll]ocation: *//p')

case $location in
  /*) location=$service$location ;;
esac
tries=60
while [ "$tries" -gt 0 ]; do
  status=$(curl -sS -o "${TMPDIR:-/tmp}/result.json" -w '%{http_code}' "$location")
  if [ "$status" = 200 ]; then
    cat "${TMPDIR:-/tmp}/result.json"
    exit 0
  fi
  tries=$((tries - 1))
  sleep 1
done
echo "No result: status $status" >&2
exit 1
