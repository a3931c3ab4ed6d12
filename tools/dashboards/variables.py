"""The choices at the top of a board.

Jobs, categories and groups are lists. Users are not: with 20,000 of them a list
is useless and slow to load. Type a name, or follow a link from a table of people.

All jobs means the jobs in the list, each by name: `.+` would match every job that
the Prometheus scrapes, and `up` of something else would hide an exporter that is
down. Categories and instances are only ever asked for together with the job.
"""

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.models.dashboard import VariableOption, VariableRefresh, VariableSort

from .style import SOURCE

_CURRENT_ALL = VariableOption(selected=True, text=["All"], value=["$__all"])


def datasource() -> dashboard.DatasourceVariable:
    """Which Prometheus, if there are several."""
    choice = dashboard.DatasourceVariable("datasource").label("Data source").type("prometheus")
    current = VariableOption(selected=True, text="default", value="default")
    return choice.description("The Prometheus that scrapes the exporter.").current(current)


def job() -> dashboard.QueryVariable:
    """Which exporters, by the name of the job that scrapes them."""
    choice = _listed("job", "Job", "label_values(fedmsg_exporter_build_info, job)")
    return _several(choice.description("The exporter's scrape jobs, which are added up."))


def instance() -> dashboard.QueryVariable:
    """Which process, if several run."""
    query = 'label_values(up{job=~"$job"}, instance)'
    choice = _several(_listed("instance", "Instance", query)).all_value(".+")
    return choice.description("The exporter's processes.")


def category() -> dashboard.QueryVariable:
    """Which apps."""
    query = 'label_values(fedmsg_messages_total{job=~"$job"}, category)'
    choice = _several(_listed("category", "Category", query)).all_value(".+")
    return choice.description("The apps that publish on the bus.")


def group() -> dashboard.QueryVariable:
    """Which groups: there is no All, as sums over groups count people several times."""
    query = 'label_values(fedmsg_group_members{job=~"$job"}, group)'
    choice = _listed("group", "Group", query).multi(multi=True).include_all(include_all=False)
    return choice.description("Groups that the exporter counts, side by side.")


def user() -> dashboard.TextBoxVariable:
    """Which user: a name to type, or to bring from another board."""
    return (
        dashboard.TextBoxVariable("user")
        .label("User")
        .description("A Fedora account name. Type it, or follow a link in a table of people.")
        .default_value("")
    )


def members() -> dashboard.TextBoxVariable:
    """Which people, if the exporter does not show who is in a group."""
    return (
        dashboard.TextBoxVariable("members")
        .label("People (alice|bob)")
        .description(
            "Names separated by |, for the tables of people. Only needed if groups.members is "
            "off in the exporter's config; .+ then means everybody."
        )
        .default_value(".+")
    )


def baseline() -> dashboard.TextBoxVariable:
    """The number to double: the people of a week when counting began."""
    return (
        dashboard.TextBoxVariable("baseline")
        .label("Baseline (people a week)")
        .description(
            "Number of weekly active people that Strategy 2028 aims to double. 0 uses the first "
            "week in the graph, or an average week if the graph begins without data."
        )
        .default_value("0")
    )


def _listed(name: str, label: str, query: str) -> dashboard.QueryVariable:
    return (
        dashboard.QueryVariable(name)
        .label(label)
        .datasource(SOURCE)
        .query({"query": query, "refId": f"{name}-variable"})
        .definition(query)
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(VariableSort.ALPHABETICAL_ASC)
    )


def _several(choice: dashboard.QueryVariable) -> dashboard.QueryVariable:
    return choice.multi(multi=True).include_all(include_all=True).current(_CURRENT_ALL)
