"""The choices at the top of a board.

What can be listed is listed: jobs, categories, groups. Users cannot: with 20,000
of them a list is of no use and slow to load. One types a name, or follows a link
from a table of people.
"""

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.models.dashboard import VariableOption, VariableRefresh, VariableSort

from .style import SOURCE

_CURRENT_ALL = VariableOption(selected=True, text=["All"], value=["$__all"])


def datasource() -> dashboard.DatasourceVariable:
    """Which Prometheus, where there are several."""
    choice = dashboard.DatasourceVariable("datasource").label("Data source").type("prometheus")
    current = VariableOption(selected=True, text="default", value="default")
    return choice.description("The Prometheus that scrapes the exporter.").current(current)


def job() -> dashboard.QueryVariable:
    """Which exporters, by the name of the job that scrapes them."""
    choice = _listed("job", "Job", "label_values(fedmsg_messages_total, job)")
    return _several(choice.description("The scrape jobs of the exporter; all add up."))


def instance() -> dashboard.QueryVariable:
    """Which process, where several run."""
    query = 'label_values(up{job=~"$job"}, instance)'
    choice = _listed("instance", "Instance", query)
    return _several(choice.description("The processes of the exporter."))


def category() -> dashboard.QueryVariable:
    """Which apps."""
    query = 'label_values(fedmsg_messages_total{job=~"$job"}, category)'
    choice = _listed("category", "Category", query)
    return _several(choice.description("The apps that speak on the bus."))


def group() -> dashboard.QueryVariable:
    """Which group: one, as sums over groups count people several times."""
    query = 'label_values(fedmsg_group_members{job=~"$job"}, group)'
    choice = _listed("group", "Group", query).multi(multi=False).include_all(include_all=False)
    return choice.description("A group of the exporter's membership file.")


def user() -> dashboard.TextBoxVariable:
    """Which user: a name to type, or to come with from another board."""
    return (
        dashboard.TextBoxVariable("user")
        .label("User")
        .description("A Fedora account name. Type it, or follow a link in a table of people.")
        .default_value("")
    )


def members() -> dashboard.TextBoxVariable:
    """Which people, as one knows them: Prometheus does not know who is in a group."""
    return (
        dashboard.TextBoxVariable("members")
        .label("People (alice|bob)")
        .description("Names with | between them, for the tables of people. All people as it is.")
        .default_value(".+")
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
    return (
        choice.multi(multi=True).include_all(include_all=True).all_value(".+").current(_CURRENT_ALL)
    )
