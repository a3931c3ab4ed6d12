"""The questions of docs/questions.md, and what the known traffic says to each."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from statistics import median
from typing import NamedTuple

from tools.preview import questions

from .known import DAY, L0, WEEK
from .right import Right, limited
from .truth import Labels, Truth, Values, labels

HOUR = 3600
#: How far samples of history are apart in the last eight weeks, in seconds.
STEP = 240
#: Somebody, two of a team, and a team, in place of the page's examples.
USER, TEAM, GROUP = "person4", "person0|person6", "packager"
#: Of fewer messages no share is judged: each is a fifth and more of them.
FEW = 5
#: increase() extrapolates to the ends of its range.
_INCREASE = 0.02
_MONDAY = 4 * DAY

Truthful = Callable[[Truth, int], Right]


class Question(NamedTuple):
    """A question, and the function that knows its answer."""

    number: int
    text: str
    promql: str
    right: Truthful


def asked(at: int) -> list[Question]:
    """All questions of the page that can be answered then, with names of the known traffic."""
    page = enumerate(questions.read(), 1)
    return [
        Question(number, one.text, _named(one.promql), _RIGHT[number])
        for number, one in page
        if number not in WITHOUT and (at >= L0 or number not in SINCE_L0)
    ]


def _named(promql: str) -> str:
    for name, ours in (("kevin|adamw", TEAM), ("kevin", USER), ("packager", GROUP)):
        promql = promql.replace(name, ours)
    return promql


def edge(window: int) -> float:
    """The share of a window that may not be between two samples, at both ends."""
    return 2 * STEP / window


def _messages_of_a_day(truth: Truth, at: int) -> Right:
    return Right(truth.apps(at - DAY, at))


def _by_app(truth: Truth, at: int) -> Right:
    return Right(truth.apps(at - DAY, at, "category"))


def _pause(truth: Truth, at: int) -> Right:
    """Now relative to the longest pause at any full hour of the week."""
    times = [one.at for one in truth.known.sent if ".bodhi." in one.topic]
    hours = range((at - WEEK) // HOUR * HOUR + HOUR, at + 1, HOUR)
    longest = max(_pause_at(times, hour) for hour in hours)
    now = _pause_at(times, at)
    return Right({labels(category="bodhi"): now / longest}, 2 * STEP / longest)


def _pause_at(times: list[int], at: int) -> int:
    return at - max(time for time in times if time <= at)


def _silent(truth: Truth, at: int) -> Right:
    _, last = truth.of_apps.ends(at, ["category"])
    pauses = {name: at - time for name, time in last.items()}
    silent, close = limited(pauses, STEP, lambda _one, _value: DAY)
    return Right(silent, STEP, optional=close)


def _usual(truth: Truth, at: int) -> Right:
    now = truth.apps(at - HOUR, at, "category")
    begin = truth.known.size.start + HOUR
    ends = [at - n * WEEK for n in range(1, 6) if at - n * WEEK >= begin]
    weeks = [truth.apps(end - HOUR, end, "category") for end in ends]
    every = {name for week in weeks for name in week}
    usual = {name: median(week.get(name, 0) for week in weeks) for name in every}
    ratios = {name: now.get(name, 0) / value for name, value in usual.items() if value}
    few = {name for name in every if usual[name] < FEW}
    return Right(ratios, 0.1, 0.1, edge(HOUR) / FEW, unjudged=few)


def _busiest_hour(truth: Truth, at: int) -> Right:
    hours = range((at - WEEK) // HOUR * HOUR + HOUR, at + 1, HOUR)
    counts = [sum(truth.apps(hour - HOUR, hour).values()) for hour in hours]
    return Right({(): max(counts)}, 1, 2 * _INCREASE)


def _top_topics(truth: Truth, at: int) -> Right:
    return Right(truth.apps(at - DAY, at, "category", "topic"), top=10)


def _by_person(truth: Truth, at: int, *more: str) -> Values:
    return truth.users(at - WEEK, at, "user", *more, kind="person")


def _people(truth: Truth, at: int) -> Right:
    return Right({(): len(_by_person(truth, at))})


def _people_by_app(truth: Truth, at: int) -> Right:
    active = _by_person(truth, at, "category")
    return Right(Counter(one[:1] for one in active))


def _top_people(truth: Truth, at: int) -> Right:
    return Right(_by_person(truth, at), top=10)


def _of_somebody(truth: Truth, at: int) -> Right:
    return Right(truth.users(at - WEEK, at, "category", user=USER))


def _last_seen(truth: Truth, at: int) -> Right:
    _, last = truth.of_users.ends(at, ["user"], user=USER)
    return Right(last, STEP)


def _newcomers(truth: Truth, at: int) -> Right:
    first, _ = truth.of_users.ends(at, ["user"], kind="person")
    new, close = limited(first, STEP, lambda _one, _value: at - WEEK)
    return Right(new, STEP, optional=close)


def _stayed(truth: Truth, at: int) -> Right:
    first, last = truth.of_users.ends(at, ["user"], kind="person")
    came = [one for one, time in first.items() if at - 8 * WEEK < time < at - 4 * WEEK]
    if not came:
        return Right({})
    stayed = [one for one in came if last[one] > at - WEEK]
    return Right({(): len(stayed) / len(came)}, 1 / len(came))


def _few(truth: Truth, at: int) -> Right:
    done = sorted(_by_person(truth, at).values(), reverse=True)
    return Right({(): sum(done[:10]) / sum(done)}, 2 / sum(done))


def _bots(truth: Truth, at: int) -> Right:
    everyone = truth.users(at - WEEK, at, "kind")
    return Right({(): everyone[labels(kind="bot")] / sum(everyone.values())}, 0, _INCREASE)


def _team(truth: Truth, at: int) -> Right:
    return Right(truth.groups(at - WEEK, at, "category", group=GROUP))


def _these_people(truth: Truth, at: int) -> Right:
    active = _by_person(truth, at)
    return Right({one: active.get(one, 0) for one in _names(TEAM.split("|"))})


def _names(people: list[str]) -> Iterator[Labels]:
    return (labels(user=name) for name in people)


def _for_their_size(truth: Truth, at: int) -> Right:
    done = truth.groups(at - WEEK, at, "group")
    size = {labels(group=group): len(people) for group, people in truth.known.groups.items()}
    return Right({one: value / size[one] for one, value in done.items()}, 1 / min(size.values()))


def _quiet(truth: Truth, at: int) -> Right:
    now = truth.groups(at - WEEK, at, "group")
    before = truth.groups(at - 2 * WEEK, at - WEEK, "group")
    close = {o: v for o, v in now.items() if abs(v - before.get(o, 0) / 2) <= 1 + v * _INCREASE}
    quiet = {o: now.get(o, 0) for o, v in before.items() if v > 20 and now.get(o, 0) < v / 2}
    return Right(quiet, 1, _INCREASE, optional=close)


def _of_my_team(truth: Truth, at: int) -> Right:
    active = _by_person(truth, at)
    team = list(_names(truth.known.groups[GROUP]))
    return Right({one: active[one] for one in team if one in active})


def _silent_in_team(truth: Truth, at: int) -> Right:
    """What history has no last time of: nothing in the eight weeks before `L0`, nor since."""
    _, last = truth.of_users.ends(at, ["user"])
    team, begin = _names(truth.known.groups[GROUP]), (L0 - 8 * WEEK) // DAY * DAY
    return Right({one: 1 for one in team if last.get(one, 0) < begin}, 0)


def _weekly(truth: Truth, at: int) -> Right:
    """The last complete week: how many were active, and the fewest who did two thirds."""
    end = (at - _MONDAY) // WEEK * WEEK + _MONDAY
    # Sunday's last second belongs to the week, Monday's first does not.
    done = truth.users(end - WEEK - 1, end - 1, "user", kind="person")
    ranked, core, so_far = sorted(done.values(), reverse=True), 0, 0.0
    while 3 * so_far < 2 * sum(ranked):
        so_far += ranked[core]
        core += 1
    values = {"active": len(done), "core": core}
    names = {name: f"fedmsg_weekly_{name}_people" for name in values}
    return Right({labels(__name__=names[one]): number for one, number in values.items()}, 0)


def _nobody(_truth: Truth, _at: int) -> Right:
    return Right({})


#: What history cannot answer, and why.
WITHOUT: Mapping[int, str] = {
    8: "activity does not keep packages: they are counted from L0 on",
}

#: What only an exporter shows, and why.
SINCE_L0: Mapping[int, str] = {
    **dict.fromkeys((13, 14, 15, 23), "when a user was first and last seen is no counter"),
    **dict.fromkeys((20, 22), "who is, and how many are, in a group is known for now only"),
}

_RIGHT: Mapping[int, Truthful] = {
    1: _messages_of_a_day,
    2: _by_app,
    3: _pause,
    4: _silent,
    5: _usual,
    6: _busiest_hour,
    7: _top_topics,
    9: _people,
    10: _people_by_app,
    11: _top_people,
    12: _of_somebody,
    13: _last_seen,
    14: _newcomers,
    15: _stayed,
    16: _few,
    17: _bots,
    18: _team,
    19: _these_people,
    20: _for_their_size,
    21: _quiet,
    22: _of_my_team,
    23: _silent_in_team,
    24: _weekly,
    25: _nobody,  # a regular needs 52 weeks of coverage
}
