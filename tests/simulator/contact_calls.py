"""Made-up calls on contacts for the state machines: good and bad values, known and unknown."""

from hypothesis import strategies as st

from .plain_contacts import STAGES

ADDRESSES = [f"{letter}@x.com" for letter in "abcdef"]
CODES = ["c1", "c2", "c3"]

emails = st.sampled_from([*ADDRESSES, "A@X.com", "B@x.com"])
codes = st.sampled_from(CODES)
cities = st.sampled_from(["Rome", "Oslo", "", None, "ä;ö"])
stages = st.sampled_from([*STAGES, "", None])
tags = st.sampled_from(["A", "B;C", ";B", ";C;A", "", None, "A;B;C"])
scores = st.sampled_from(["1", "-2.5", 3, "", None])
flags = st.sampled_from([True, "false", "", None])

plain = {"city": cities, "lifecyclestage": stages, "tags": tags, "score": scores, "flag": flags}
bad = st.sampled_from(
    [{"no_such": "1"}, {"score": "many"}, {"tags": "A;Z"}, {"email": "000"}, {"flag": "perhaps"},
     {"lifecyclestage": "Lead"}]
)  # fmt: skip

good_values = st.fixed_dictionaries({}, optional=plain)
"""Values that any contact can take."""

spoiled = st.builds(lambda one, two: one | two, good_values, bad)

values = st.one_of(good_values, good_values, spoiled)
"""Values of which one may be bad."""

identities = st.fixed_dictionaries(
    {},
    optional={
        "email": st.one_of(emails, emails, st.just("")),
        "code": st.one_of(codes, st.just("")),
    },
)
"""Values that no two contacts share."""

everything = st.builds(lambda one, two: one | two, values, identities)
"""Values that a contact may or may not be able to take; a bad address gives way."""

places = st.integers(0, 11)
"""Which of the ids that were ever given, counted around."""

traced = st.booleans()
"""Whether every input of a batch has a trace id."""
