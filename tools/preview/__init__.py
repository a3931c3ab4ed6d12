"""A preview of the dashboards, without Grafana: see __main__."""
