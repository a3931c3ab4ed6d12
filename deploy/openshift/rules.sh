#!/bin/sh
# Prints the rules in deploy/rules for the Prometheus operator, one PrometheusRule per file:
#
#     GRAFANA=https://grafana.example.com sh deploy/openshift/rules.sh | oc apply -f -
#
# GRAFANA is what the alerts' links to the dashboards begin with.
set -eu

for file in "$(dirname "$0")"/../rules/*.yml; do
    cat <<EOF
---
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: fedmsg-$(basename "$file" .yml)
  labels: {app: fedmsg-exporter, monitoring-key: cpe}
spec:
EOF
    sed "s|http://localhost:3000|${GRAFANA:-http://localhost:3000}|; s|^|  |" "$file"
done
