"""What the program prints, to the byte: compared with files, ids and times replaced."""
import difflib
import os
import pathlib
import re

from clouds import AWS, KIND

KNOWN = "|".join(KIND.key(word) for word in ("OLD", "ADMIN", "ANOTHER"))
UPDATE = bool(os.environ.get("KEYBATON_UPDATE_GOLDENS"))
GOLDEN = pathlib.Path(__file__).parent / "golden"


def same(name, run, house):
    """Whether it is what the file says, and how it differs. Of another cloud only what it says in other words has a
    file of its own, in that cloud's folder."""
    text = normalised(f"exit {run.code}\n--- stdout\n{run.out}--- stderr\n{run.err}", house)
    file = GOLDEN / f"{name}.txt"
    expected = file.read_text() if file.exists() else ""
    if KIND is not AWS:
        own = GOLDEN / KIND.name / file.name
        if as_first_cloud(text) == squeezed(expected):
            if UPDATE:
                own.unlink(missing_ok=True)
            return not own.exists(), f"{name}: the first cloud's words fit, and {own.name} beside them is one too many"
        file, expected = own, own.read_text() if own.exists() else ""
    if UPDATE:
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
        return True, ""
    told = difflib.unified_diff(expected.splitlines(True), text.splitlines(True), "expected", "found")
    return text == expected, f"{name}:\n" + "".join(told)


def squeezed(text):
    """Without what the width of a column decides."""
    return re.sub(r"  +", "  ", text)


def as_first_cloud(text):
    for ours, theirs in KIND.as_aws:
        text = re.sub(ours, theirs, text)
    for word in ("OLD", "ADMIN", "ANOTHER", "NEW"):
        text = text.replace(KIND.key(word), AWS.key(word))
    text = text.replace(KIND.user_arn.format(account=KIND.account, user="admin"),
                        AWS.user_arn.format(account=AWS.account, user="admin"))
    for ours, theirs in ((KIND.account, AWS.account), (KIND.file, AWS.file), (KIND.partition, AWS.partition),
                         (KIND.file_type, AWS.file_type), (KIND.name, AWS.name)):
        text = re.sub(rf"(?<![\w-]){re.escape(ours)}(?![\w-])", theirs, text)
    for name in KIND.user_ids:
        text = text.replace(KIND.user_ids[name], AWS.user_ids[name])
    return squeezed(text)


def normalised(text, house):
    text = text.replace(str(house.home), "HOME")
    if hasattr(house, "url"):
        text = text.replace(house.url.removeprefix("http://"), "127.0.0.1:PORT")
    for pattern, word in (
            (r"r-[0-9A-HJKMNP-TV-Z]{26}", "r-ROTATION"),
            (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "TIME"),
            (r"\b[0-9a-f]{64}\b", "HASH"),
            (r"\b[0-9a-f]{32}\b", "ATTEMPT"),
            (r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}\b", "BOOT"),
            (r'"boot_ms":"\d+"', '"boot_ms":"MS"'),
            (r'"idle_at_start":"\d+"', '"idle_at_start":"SECONDS"'),
            (rf"(?!{KNOWN}|AKIADRYRUN){KIND.key_pattern}", KIND.key("NEW")),
            (r"\d+ MiB", "N MiB"),
            (r"\b(in|seen|since) (now|\d+[smhd]( \d+[smhd])?( ago)?)", r"\1 SPAN"),
            (r"[\w.-]+@[\w.-]+", "PERSON"),
            (r"request [0-9a-f-]{36}", "request ID")):
        text = re.sub(pattern, word, text)
    return text
