"""Manifests: what is read, and what is said of each thing that is wrong."""

from typing import Any

import pytest

from controller.adapters.manifests import ManifestReader
from controller.adapters.manifests.lined import DEPTH, VALUES
from controller.adapters.manifests.words import meaning

POLICY = """\
apiVersion: pomona.dev/v1alpha1
kind: UpdatePolicy
metadata:
  name: canary
spec:
  platform: macOS
  selector: {}
  target:
    latest: {}
"""
DEVICE = """\
apiVersion: pomona.dev/v1alpha1
kind: Device
metadata: {name: c02xk1abcd}
spec: {enrollment: 00008112-000A1234ABCD001E}
"""


def read(text: str | bytes, file: str = "policies/canary.yaml") -> tuple[list[dict[str, Any]], list[str]]:
    content = text.encode() if isinstance(text, str) else text
    manifests, problems = ManifestReader().read({file: content}, "it")
    return [dict(manifest.document) for manifest in manifests], list(map(str, problems))


def problems(text: str | bytes) -> list[str]:
    return read(text)[1]


def policy(old: str = "", new: str = "") -> str:
    return POLICY.replace(old, new)


def test_a_file_holds_several_documents_with_a_line_for_each_path() -> None:
    manifests, found = ManifestReader().read(
        {"all.yaml": f"---\n{POLICY}---\n# no more\n---\n{DEVICE}".encode()}, "it"
    )
    assert not found
    assert [(m.kind, m.name, m.file, m.line) for m in manifests] == [
        ("UpdatePolicy", "canary", "all.yaml", 2),
        ("Device", "c02xk1abcd", "all.yaml", 14),
    ]
    assert (manifests[0].lines["metadata.name"], manifests[0].lines["spec.target.latest"]) == (5, 10)


def test_json_is_read() -> None:
    text = (
        '{"apiVersion": "pomona.dev/v1alpha1", "kind": "Device",'
        ' "metadata": {"name": "a"}, "spec": {"enrollment": "E1"}}'
    )
    assert read(text, "a.json")[0][0]["spec"] == {"enrollment": "E1"}


def test_an_unquoted_time_and_date_are_text_as_kubectl_has_them() -> None:
    [document], _ = read(policy("  target:", "  deadline: {at: 18:00}\n  target:"))
    assert document["spec"]["deadline"] == {"at": "18:00"}
    [document], _ = read(DEVICE.replace("spec: {", "spec: {hold: {until: 2026-10-14}, "))
    assert document["spec"]["hold"] == {"until": "2026-10-14"}


def test_status_is_left_out_because_it_is_the_operators() -> None:
    [document], _ = read(POLICY + "status: {devices: {total: 3}}\n")
    assert "status" not in document


def test_what_is_merged_counts_as_written() -> None:
    merged = "  deadline:\n    <<: {days: 7, at: '09:00'}\n    days: 3\n  target:"
    [document], _ = read(policy("  target:", merged))
    assert document["spec"]["deadline"] == {"days": 3, "at": "09:00"}


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("yes", True), ("y", True), ("On", True), ("n", False), ("OFF", False), ("yEs", "yEs"),
        ("", None), ("~", None), ("null", None), ("nUll", "nUll"),
        ("15", 15), ("-3", -3), ("1_000", 1000), ("0x1F", 31), ("017", 15), ("0o17", 15), ("0b11", 3),
        ("08", 8.0), ("15.6", 15.6), (".5", 0.5), ("1e3", 1000.0), ("99999999999999999999", 1e20),
        ("15.6.1", "15.6.1"), ("18:00", "18:00"), ("2026-10-14", "2026-10-14"), ("-", "-"), ("0x", "0x"),
        ("00008112-000A1234ABCD001E", "00008112-000A1234ABCD001E"), ("=", "="), (".", "."),
    ],
)  # fmt: skip
def test_an_unquoted_word_means_what_it_means_to_kubernetes(word: str, value: object) -> None:
    assert (meaning(word), type(meaning(word))) == (value, type(value))


@pytest.mark.parametrize("word", [".nan", "-.inf", "1e999"])
def test_numbers_that_json_cannot_hold_are_none(word: str) -> None:
    with pytest.raises(ValueError, match="expected a"):
        meaning(word)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param(
            policy("latest: {}", "exact: {version: 15.x}"),
            "9: spec.target.exact.version: found '15.x', expected the release, such as \"15.6.1\"",
            id="pattern",
        ),
        pytest.param(
            policy("latest: {}", "exact: {version: 15.6}"),
            "9: spec.target.exact.version: found 15.6, expected text; quote it",
            id="a version that YAML takes for a number",
        ),
        pytest.param(
            policy("latest: {}", 'exact: {version: "15.6\\n"}'),
            "9: spec.target.exact.version: found '15.6\\n', expected the release, such as \"15.6.1\"",
            id="a pattern ends where the text ends",
        ),
        pytest.param(
            policy("macOS", "Windows"),
            "6: spec.platform: found 'Windows', expected one of iOS, iPadOS, macOS, tvOS, visionOS",
            id="enum",
        ),
        pytest.param(policy("  platform: macOS\n", ""), "5: spec.platform: is missing", id="required"),
        pytest.param(
            policy("latest: {}", "latest: {minor: 3}"),
            "9: spec.target.latest.minor: is no field, expected one of behind, major",
            id="unknown field",
        ),
        pytest.param(
            policy("latest: {}", "none: {at: true}"),
            "9: spec.target.none: found {'at': True}, expected no key",
            id="a field where none belongs",
        ),
        pytest.param(
            policy("latest: {}", "latest:"),
            "9: spec.target.latest: found nothing, expected a mapping",
            id="null",
        ),
        pytest.param(
            policy("  target:", "  deadline: {days: 400}\n  target:"),
            "8: spec.deadline.days: found 400, expected at most 365",
            id="maximum",
        ),
        pytest.param(
            policy("selector: {}", "selector: {matchLabels: {ring: yes}}"),
            "7: spec.selector.matchLabels.ring: found true, expected text; quote it",
            id="a label that YAML takes for a boolean",
        ),
        pytest.param(
            policy("selector: {}", "selector: {names: [a, 1]}"),
            "7: spec.selector.names[1]: found 1, expected text; quote it",
            id="in a list",
        ),
        pytest.param(
            DEVICE.replace("spec: {", "spec: {hold: {until: 2026-13-14}, "),
            "4: spec.hold.until: found '2026-13-14', expected the last day, such as \"2026-10-14\"",
            id="a month that cannot be",
        ),
        pytest.param(
            DEVICE.replace("spec: {", "spec: {hold: {until: 2026-02-30}, "),
            "4: spec.hold.until: found '2026-02-30', a date is expected, such as \"2026-12-01\"",
            id="a day that cannot be",
        ),
        pytest.param(
            policy("latest: {}", "below: {version: 26}"),
            "9: spec.target.below.version: found 26, expected text; quote it",
            id="below a number",
        ),
        pytest.param(
            policy("latest: {}", "below: {version: Tahoe}"),
            "9: spec.target.below.version: found 'Tahoe', expected the version that is out, and all above it,"
            ' such as "26"',
            id="below a name",
        ),
        pytest.param(
            policy("latest: {}", "exact: {version: 15.6.1, build: 24g90}"),
            "9: spec.target.exact.build: found '24g90', expected the build, such as \"24G90\"",
            id="build",
        ),
        pytest.param(
            policy("latest: {}", "latest: {behind: 10}"),
            "9: spec.target.latest.behind: found 10, expected at most 9",
            id="far behind",
        ),
        pytest.param(
            policy("latest: {}", "latest: {behind: 1, major: 15}"),
            "9: spec.target.latest: found {'behind': 1, 'major': 15}, at most one key is expected: major or"
            " behind",
            id="behind a major",
        ),
        pytest.param(
            policy("latest: {}", "latest: {}\n    none: {}"),
            "8: spec.target: found {'latest': {}, 'none': {}}, exactly one key is expected: sameMajor,"
            " latest, below, exact or none",
            id="two targets",
        ),
        pytest.param(
            policy("selector: {}", "selector: {percent: 10%}"),
            "7: spec.selector.percent: found '10%', expected a whole number",
            id="percent sign",
        ),
        pytest.param(
            policy("selector: {}", "selector: {enrolledDays: 3651}"),
            "7: spec.selector.enrolledDays: found 3651, expected at most 3650",
            id="enrolled long ago",
        ),
        pytest.param(
            policy("selector: {}", "selector: {matchExpressions: [{key: ring, operator: In}]}"),
            "7: spec.selector.matchExpressions[0]: found {'key': 'ring', 'operator': 'In'}, values are"
            " expected with the operators In and NotIn, and only there",
            id="In nothing",
        ),
        pytest.param(
            POLICY + "  backgroundSecurity: Require\n",
            "10: spec.backgroundSecurity: found 'Require', expected one of Leave, Enforce",
            id="background security",
        ),
        pytest.param(
            POLICY + "  deadline: {at: 6pm}\n",
            "10: spec.deadline.at: found '6pm', expected the time of day on the device's clock, such as"
            ' "18:00"',
            id="a time that cannot be",
        ),
        pytest.param(
            POLICY + "  deadline: {notBefore: 1.12.2026}\n",
            "10: spec.deadline.notBefore: found '1.12.2026', expected the first day on which a deadline may"
            ' be, such as "2026-12-01"',
            id="another date",
        ),
        pytest.param(
            POLICY + "  deadline: {notBefore: 2027-02-29}\n",
            "10: spec.deadline.notBefore: found '2027-02-29', a date is expected, such as \"2026-12-01\"",
            id="no leap year",
        ),
        pytest.param(
            POLICY + "  deadline: {weekdays: [Mon, Tuesday]}\n",
            "10: spec.deadline.weekdays[1]: found 'Tuesday', expected one of Mon, Tue, Wed, Thu, Fri,"
            " Sat, Sun",
            id="weekday",
        ),
        pytest.param(
            POLICY + "  deadline: {weekdays: [Mon, Mon]}\n",
            "10: spec.deadline.weekdays: found ['Mon', 'Mon'], each day is expected once, such as"
            " [Mon, Tue, Wed, Thu]",
            id="weekday twice",
        ),
        pytest.param(
            POLICY + "  deadline: {weekdays: []}\n",
            "10: spec.deadline.weekdays: found [], expected at least 1 entries",
            id="no weekday",
        ),
        pytest.param(
            POLICY + "  freeze: [{from: 2026-12-19, until: 2026-12-18}]\n",
            "10: spec.freeze[0]: found {'from': '2026-12-19', 'until': '2026-12-18'}, until is expected to be"
            " the day of from or a later one",
            id="freeze backwards",
        ),
        pytest.param(
            POLICY + "  freeze: [{from: 2026-12-19}]\n",
            "10: spec.freeze[0].until: is missing",
            id="endless freeze",
        ),
        pytest.param(POLICY + "  gate: {}\n", "10: spec.gate.after: is missing", id="gate after nothing"),
        pytest.param(
            POLICY + "  gate:\n    after: canary\n",
            "11: spec.gate.after: found 'canary', the name of another UpdatePolicy is expected, such as"
            " macs-canary",
            id="gate after itself",
        ),
        pytest.param(
            POLICY + "  gate: {after: b, proven: [15]}\n",
            "10: spec.gate.proven[0]: found 15, expected text; quote it",
            id="proven number",
        ),
        pytest.param(
            policy("v1alpha1", "v1"),
            "1: apiVersion: found 'pomona.dev/v1', expected pomona.dev/v1alpha1",
            id="version",
        ),
        pytest.param(
            policy("UpdatePolicy", "Fleet"),
            "2: kind: found 'Fleet', expected UpdatePolicy or Device",
            id="kind",
        ),
        pytest.param(
            "just text",
            "1: found 'just text', expected a mapping with apiVersion, kind, metadata and spec",
            id="no mapping",
        ),
        pytest.param(
            POLICY + "data: {}\n",
            "10: data: is no field, expected one of apiVersion, kind, metadata, spec",
            id="top level",
        ),
        pytest.param(
            policy("  name: canary\n", "  name: Canary_1\n"),
            "4: metadata.name: found 'Canary_1', expected lower-case letters, digits, - and ."
            " such as macs-canary",
            id="name",
        ),
        pytest.param(
            policy("  name: canary\n", "  labels: {}\n"),
            "3: metadata.name: found nothing, expected lower-case letters, digits, - and ."
            " such as macs-canary",
            id="no name",
        ),
        pytest.param(
            policy("metadata:\n  name: canary\n", ""),
            "1: metadata: found nothing, expected a mapping with a name",
            id="no metadata",
        ),
        pytest.param(
            policy("  name: canary\n", "  name: canary\n  namespace: hr\n"),
            "5: metadata.namespace: found 'hr', expected 'it' or none",
            id="another namespace",
        ),
        pytest.param(
            policy("  name: canary\n", "  name: canary\n  uid: x\n"),
            "5: metadata.uid: is no field, expected one of name, namespace, labels, annotations",
            id="metadata field",
        ),
        pytest.param(
            policy("  name: canary\n", "  name: canary\n  labels: {tier: 1}\n"),
            "5: metadata.labels.tier: found 1, expected text; quote it",
            id="label",
        ),
        pytest.param(
            policy("  name: canary\n", "  name: canary\n  annotations: [a]\n"),
            "5: metadata.annotations: found ['a'], expected a mapping of text to text",
            id="annotations",
        ),
        pytest.param(
            policy("  name: canary\n", "  name: canary\n  labels: {a b: c}\n"),
            "5: metadata.labels.a b: found 'a b', expected a key such as ring or it.acme.example/ring",
            id="the key of a label",
        ),
        pytest.param(
            policy("  name: canary\n", f"  name: canary\n  labels: {{a: {'b' * 64}}}\n"),
            f"5: metadata.labels.a: found '{'b' * 64}', expected at most 63 letters, digits, -, _ and .",
            id="the value of a label",
        ),
        pytest.param(
            policy("  name: canary\n", f"  name: canary\n  annotations: {{a: {'é' * 131_072}}}\n"),
            "5: metadata.annotations: found 262145 bytes, expected at most 262144",
            id="long annotations",
        ),
        pytest.param(
            POLICY + "  priority: 2147483648\n",
            "10: spec.priority: found 2147483648, expected a whole number of 32 bits",
            id="a large priority",
        ),
        pytest.param(
            POLICY + '  detailsURL: "https://it.acme.example/\\f"\n',
            "10: spec.detailsURL: found 'https://it.acme.example/\\x0c', expected a page that the device"
            " offers to its user, such as https://it.acme.example/updates",
            id="a blank in a URL",
        ),
        pytest.param(POLICY.partition("spec:")[0], "1: spec: is missing", id="no spec"),
        pytest.param(
            policy("  platform: macOS\n", "  platform: macOS\n  platform: iOS\n"),
            "7: 'platform' stands twice in the same place",
            id="key twice",
        ),
        pytest.param(
            policy("macOS", "[macOS"), "7: is no YAML: did not find expected ',' or ']'", id="no YAML"
        ),
        pytest.param(
            policy("macOS", "!!python/name:os.system x"),
            "6: found the tag tag:yaml.org,2002:python/name:os.system, expected none",
            id="tag",
        ),
        pytest.param(policy("macOS", ".nan"), "6: found .nan, expected a number", id="no number"),
        pytest.param(
            policy("  selector", "  ? [a]\n  : b\n  selector"), "7: found a key that is not a word", id="key"
        ),
        pytest.param(
            policy("  selector", f"  {'k' * 600}: b\n  selector"),
            "7: found a key of 600 characters, expected at most 512",
            id="long key",
        ),
        pytest.param(
            policy("  selector", "  <<: [1]\n  selector"),
            "7: << merges another thing than mappings",
            id="merge",
        ),
        pytest.param(b"kind: a\nname: \xff\n", "2: found bytes that are no UTF-8 text", id="no UTF-8"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text: str | bytes, problem: str) -> None:
    assert problems(text) == [f"policies/canary.yaml:{problem}"]


def test_null_is_the_default_where_there_is_one() -> None:
    assert problems(POLICY + "  priority:\n  deadline: {days: null}\n") == []


def test_go_takes_a_vertical_tab_for_no_blank() -> None:
    assert problems(POLICY + '  detailsURL: "https://it.acme.example/\\v"\n') == []


def test_a_rule_over_what_is_wrong_already_is_left_out() -> None:
    freeze = "  freeze: [{from: 2026-12-32, until: 2026-12-18}, {from: 2026-12-19, until: 2026-12-18}]\n"

    found = problems(POLICY + freeze)

    assert [problem.split(", ")[0] for problem in found] == [
        "policies/canary.yaml:10: spec.freeze[0].from: found '2026-12-32'",
        "policies/canary.yaml:10: spec.freeze[1]: found {'from': '2026-12-19'",
    ]


def test_aliases_cannot_blow_a_file_up() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    [problem] = problems("\n".join(lines))
    assert f"found more than {VALUES} values, aliases followed" in problem


@pytest.mark.parametrize("text", ["a: &a [*a]", "a: " + "[" * 100 + "]" * 100])
def test_depth_has_an_end(text: str) -> None:
    assert problems(text) == [f"policies/canary.yaml:1: found values more than {DEPTH} levels deep"]


def test_a_name_that_stands_twice_is_told_with_both_places() -> None:
    files = {"a.yaml": POLICY.encode(), "b/c.yaml": POLICY.encode(), "d.yaml": DEVICE.encode()}
    _, [problem] = ManifestReader().read(files, "it")
    assert str(problem) == "b/c.yaml:4: metadata.name: UpdatePolicy canary stands at a.yaml:1, too"


def test_one_bad_document_hides_no_other() -> None:
    documents, found = read(f"{POLICY}---\n{DEVICE}---\n{policy('macOS', 'BeOS').replace('canary', 'other')}")
    assert ([d["metadata"]["name"] for d in documents], len(found)) == (["canary", "c02xk1abcd"], 1)


def test_what_comes_before_an_unreadable_document_is_kept() -> None:
    documents, found = read(f"{POLICY}---\nkind: [\n")
    assert (len(documents), len(found)) == (1, 1)
