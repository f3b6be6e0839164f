"""The style of this project as rules: each takes the tree and yields what breaks it, as "path:line: what is wrong"."""
import ast
import pathlib
import re

import source

SKIPPED = re.compile(r"^(build.*|\..*|__pycache__)$")
LONGEST_FUNCTION, LONGEST_FILE, LONGEST_TEST, LONGEST_HEADER = 70, 450, 600, 200
LONGEST_MAIN, LONGEST_COMMAND = 60, 200

# May look at a clock or sleep, each for a reason; all others are told the time.
CLOCK_KEEPERS = {
    "platform/clock.cpp": "is the Clock seam",
    "platform/files.cpp": "how long to be patient with another process's lock on a directory",
    "platform/process.cpp": "a child's time-out",
    "store/history.cpp": "measures its own pages, so that no read holds off a writer",
    "providers/http/curl_transport.cpp": "says in the log how long a request took",
    "providers/http/curl_crowd.cpp": "says in the log how long a request took, and keeps to the deadline of a wait",
    "providers/calling/world.cpp": "is the providers' seam: it hands `now` and `sleep` in",
    "cli/cloud_module.cpp": "hands that seam a sleep that Ctrl-C ends",
    "cli/output.cpp": "dates a line of the log",
    "cli/terminal.cpp": "how often the progress line is drawn",
    "cli/terminal.hpp": "keeps when the progress line was last drawn",
}
# Longer than the rest, each for a reason.
LARGE = {
    "rotation/ports.hpp": "every port on one page, which is what it is for",
    "rotation/view.hpp": "all that the records of one rotation add up to",
    "tests/rotation/engine_test.cpp": "the engine's errors, one short case each at the same desk",
}
LONG = {"tests/providers/moto_test.cpp": "one rotation from its first call to its last, in order"}
# Whom a folder may include besides itself; every folder may use the standard library.
ARROWS = {
    "rotation": (),
    "platform": ("rotation",),
    "store": ("rotation", "platform"),
    "providers/http": ("rotation", "platform"),
    "providers/known": ("rotation",),
    "providers/calling": ("providers/http", "rotation", "platform"),
    "providers/aws_iam": ("providers/calling", "providers/http", "rotation", "platform"),
    "providers/alibaba_ram": ("providers/calling", "providers/http", "rotation", "platform"),
    "secrets_adapters": ("rotation", "platform", "providers/http"),
    "inventory": ("rotation", "platform", "store", "providers/http"),
    "cli": ("rotation", "platform", "store", "inventory", "providers/http", "providers/calling", "providers/known",
            "providers/aws_iam", "providers/alibaba_ram", "secrets_adapters"),
    "bench": ("rotation", "platform", "store"),
}
# A library is known to the folders that wrap it. OpenSSL is to http too: libcurl has no option for what makes OpenSSL
# wipe its own buffers; libcurl to bench, whose floor is what the bare library needs.
LIBRARIES = {
    r"sqlite3\.h": ("store",),
    r"curl/": ("providers/http", "bench"),
    r"pugixml": ("providers/aws_iam",),
    r"re2/": ("inventory",),
    r"openssl/": ("store", "providers/http", "providers/calling", "providers/aws_iam", "providers/alibaba_ram",
                  "secrets_adapters"),
    r"sodium": ("secrets_adapters",),
    r"yaml-cpp/": ("cli", "secrets_adapters"),
    r"CLI/": ("cli",),
    r"nlohmann/": ("cli", "providers/calling", "providers/alibaba_ram", "secrets_adapters", "inventory"),
    r"fmt/": ("cli",),
}
CLOCKS = re.compile(r"\b(system_clock|steady_clock|high_resolution_clock|utc_clock|clock_gettime|gettimeofday|nanosleep|"
                    r"usleep|sleep_for|sleep_until)\b|(?<![\w.>])(?:std::|::)?(?:sleep|time|alarm)\s*\(\s*(?:\d+|NULL|nullptr|&\w+)\s*\)")
SECRETS = r"(?:Secret|SecretAccessKey|NewKey|SealedSecret|Holding|SealingKey|Credentials)"
# Words of the workshop, not of the product. A class of one letter keeps a pattern from finding itself.
FOREIGN = re.compile(r"/wor[k]/|/roo[t]/|\.\./share[d]|/tm[p]/build|\bT[O]DO\b|\bF[I]XME\b|(?<!X)X[X]X(?!X)|\bA[I] (?:agent|assistant)|"
                     r"\banthropi[c]|\bcoordinato[r]\b|\bissue[s]? #?\d|\bartifactor[y]\b|\bdeb\.debia[n]\.org|\bpyp[i]\.org", re.I)
TEXTS = {".cpp", ".hpp", ".py", ".sh", ".md", ".cmake", ".txt", ".json", ".yaml", ""}


class Tree:
    def __init__(self, files):
        self.files = files  # path → text
        self.code = {path: source.bare(text) for path, text in files.items() if path.endswith((".cpp", ".hpp"))}

    @classmethod
    def of(cls, root):
        files = {}
        for path in sorted(pathlib.Path(root).rglob("*")):
            name = path.relative_to(root)
            if any(SKIPPED.match(part) for part in name.parts) or not path.is_file() or path.suffix not in TEXTS:
                continue
            try:
                files[name.as_posix()] = path.read_text()
            except UnicodeDecodeError:
                continue
        return cls(files)

    def cpp(self, *folders):
        for path, text in self.code.items():
            if not folders or path.startswith(folders):
                yield path, text


def folder_of(path):
    """The folder as the arrows name it."""
    parts = path.split("/")
    return "/".join(parts[:2]) if parts[0] == "providers" else parts[0]


def line_of(text, at):
    return text.count("\n", 0, at) + 1


def found(tree, pattern, what, allowed=(), folders=()):
    for path, text in tree.cpp(*folders):
        if path in allowed:
            continue
        for match in re.finditer(pattern, text):
            yield f"{path}:{line_of(text, match.start())}: {what}: {match.group().strip()}"


def production(path):
    return not path.startswith("tests/")


def includes_go_one_way(tree):
    known = set(ARROWS) | {"tests"}
    for path in tree.code:
        here = folder_of(path)
        for number, name, quoted in source.includes(tree.files[path]):
            there = folder_of(name)
            if quoted and production(path) and there not in known:
                yield f"{path}:{number}: {name} is not included by its path from the root"
            elif quoted and production(path) and there != here and there not in ARROWS.get(here, ()):
                yield f"{path}:{number}: {here} must not know {name}"
            elif quoted and path.startswith("tests/rotation/") and there in ARROWS and there != "rotation":
                yield f"{path}:{number}: the core's tests need nothing but the core, not {name}"


def the_core_uses_the_standard_library_alone(tree):
    for path, _ in tree.cpp("rotation/"):
        for number, name, quoted in source.includes(tree.files[path]):
            if not quoted and name != "string.h" and not re.fullmatch(r"[a-z_]+", name):
                yield f"{path}:{number}: the core must not know <{name}>"


def libraries_are_known_to_their_wrappers_alone(tree):
    for path in filter(production, tree.code):
        for number, name, quoted in source.includes(tree.files[path]):
            for pattern, folders in LIBRARIES.items():
                if not quoted and re.match(pattern, name) and folder_of(path) not in folders:
                    yield f"{path}:{number}: <{name}> belongs to {', '.join(folders)}"


# What is compiled into keybaton-cloud.so, not into the program.
MODULE = re.compile(r"cli/(cloud_(module|parts|aws|alibaba)|aws_calls|aws_parameters|aws_secrets|json_body|kms_secrets)\.[ch]pp")


# Interfaces alone, by which the module is spoken to.
SEAMS = {"cli/cloud_access.hpp": ("providers/calling/questions.hpp", "providers/http/crowd.hpp")}


def the_provider_is_known_to_the_cloud_module_alone(tree):
    for path, _ in tree.cpp("cli/"):
        for number, name, _ in source.includes(tree.files[path]):
            data = name.startswith("providers/known/")  # no network stands behind it
            seam = name in SEAMS.get(path, ())
            if name.startswith(("providers/", "curl/")) and not data and not seam and not MODULE.fullmatch(path):
                yield f"{path}:{number}: {name} would bring the network into the program itself"


def nothing_asks_which_provider_it_is(tree):
    """A provider's ways are data (providers/known, ProviderFacts); its name is compared where its client is opened."""
    for path in tree.code:
        if not path.startswith(("rotation/", "cli/", "store/")) or MODULE.fullmatch(path):
            continue
        for number, line in enumerate(tree.files[path].splitlines(), 1):
            if re.search(r'"(?:aws|alibaba)"', line.split("//")[0]):
                yield f"{path}:{number}: names a provider: {line.strip()}"


def the_command_line_library_is_in_no_header(tree):
    for path in tree.code:
        for number, name, _ in source.includes(tree.files[path]):
            if path.endswith(".hpp") and name.startswith("CLI/"):
                yield f"{path}:{number}: CLI11 costs seconds in each file that includes it"


def nobody_looks_at_a_clock_but_its_keepers(tree):
    for path, text in tree.cpp():
        if not production(path) or path in CLOCK_KEEPERS or path.startswith("bench/"):
            continue
        for match in CLOCKS.finditer(text):
            yield f"{path}:{line_of(text, match.start())}: a clock or a sleep outside the Clock seam: {match.group()}"
    for path in CLOCK_KEEPERS:
        if path in tree.code and not CLOCKS.search(tree.code[path]):
            yield f"{path}:1: looks at no clock any more: take it off the list of keepers"


def secrets_are_not_printed(tree):
    for path, text in tree.cpp():
        for match in re.finditer(r"operator\s*<<\s*\(([^)]*)\)\s*(=\s*delete)?", text):
            if re.search(rf"\b{SECRETS}\b", match.group(1)) and not match.group(2):
                yield f"{path}:{line_of(text, match.start())}: a secret with an operator<<"


def bound_values_stay_out_of_texts(tree):
    yield from found(tree, r"\bsqlite3_expanded_sql\b", "shows bound values")


def namespaces_stay_named(tree):
    yield from found(tree, r"\busing\s+namespace\s+std\s*;", "hides where a name comes from")


def clang_14_can_read_it(tree):
    yield from found(tree, r"\bviews::\w+", "clang 14 can't read the range adaptors of g++ 12's library")


def functions_are_short(tree):
    for path in tree.code:
        for name, line, lines in source.functions(tree.files[path]):
            if lines > LONGEST_FUNCTION and path not in LONG:
                yield f"{path}:{line}: {name} has {lines} lines, more than {LONGEST_FUNCTION}"
    for path, text in tree.files.items():
        if not path.endswith(".py"):
            continue
        try:
            nodes = list(ast.walk(ast.parse(text)))
        except SyntaxError as trouble:
            yield f"{path}:{trouble.lineno}: is no Python"
            continue
        for node in nodes:
            if isinstance(node, ast.FunctionDef) and node.end_lineno - node.lineno >= LONGEST_FUNCTION:
                yield f"{path}:{node.lineno}: {node.name} has more than {LONGEST_FUNCTION} lines"


def limit_of(path):
    if path == "cli/main.cpp":
        return LONGEST_MAIN
    if re.match(r"cli/cmd_\w+\.cpp$", path):
        return LONGEST_COMMAND
    if path.startswith("tests/"):
        return LONGEST_TEST
    return LONGEST_HEADER if path.endswith(".hpp") else LONGEST_FILE


def files_are_short(tree):
    for path, text in tree.files.items():
        if not path.endswith((".cpp", ".hpp", ".py", ".sh")) or path in LARGE:
            continue
        lines, limit = text.count("\n"), limit_of(path)
        if lines >= limit:
            yield f"{path}:{lines}: has {lines} lines, and {limit} are too many"


def lists_of_sources(tree, path):
    """The CMake files that could name this source, each with the path as it would stand there."""
    parts = path.split("/")
    for depth in range(len(parts)):
        folder = "/".join(parts[:depth])
        for each, text in tree.files.items():
            if each.rpartition("/")[0] == folder and (each.endswith("CMakeLists.txt") or each.endswith(".cmake")):
                yield re.sub(r"#.*", "", text), "/".join(parts[depth:])


def every_source_is_built(tree):
    for path in tree.code:
        if path.endswith(".cpp") and not any(
                re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w.-])", text) for text, name in lists_of_sources(tree, path)):
            yield f"{path}:1: no CMakeLists.txt names this file"


def every_header_is_included(tree):
    wanted = set()
    for path in tree.code:
        for _, name, _ in source.includes(tree.files[path]):
            # A test may name its neighbour by the last part, or from tests/ on.
            wanted |= {name, f"{path.rpartition('/')[0]}/{name}", f"tests/{name}"}
    for path in tree.code:
        if path.endswith(".hpp") and path not in wanted:
            yield f"{path}:1: nothing includes this header"


def every_script_is_run(tree):
    for path in tree.files:
        if not path.endswith((".py", ".sh")):
            continue
        folder, _, name = path.rpartition("/")
        stem = name.rpartition(".")[0]
        others = [text for other, text in tree.files.items() if other != path and not other.endswith(".md")]
        words = (name, f"import {stem}", f"from {stem} import")
        if any(word in text for text in others for word in words):
            continue
        # A loop or a function of CMake's may name it by its stem: ${suite}_test.py, ${script}.py.
        tests = tree.files.get(f"{folder}/CMakeLists.txt", "")
        if re.search(r"\}(_test)?\.py", tests) and re.search(rf"\b{stem.removesuffix('_test')}(_test)?\b", tests):
            continue
        yield f"{path}:1: nothing runs or imports this script"


def sources_are_listed_by_name(tree):
    for path, text in tree.files.items():
        if path.endswith(("CMakeLists.txt", ".cmake")):
            for match in re.finditer(r"file\s*\(\s*GLOB", text):
                yield f"{path}:{line_of(text, match.start())}: sources found by glob"


def the_project_speaks_of_itself(tree):
    for path, text in tree.files.items():
        if path == "tests/demo/docs_test.py":  # looks for such words in the documents
            continue
        for match in FOREIGN.finditer(text):
            yield f"{path}:{line_of(text, match.start())}: not a word of this project: {match.group()}"


def decisions_are_numbered_without_gaps(tree):
    pages = sorted(path.rpartition("/")[2] for path in tree.files if path.startswith("docs/decisions/"))
    for expected, page in enumerate(pages, 1):
        if not re.fullmatch(rf"{expected:03d}-[a-z0-9-]+\.md", page):
            yield f"docs/decisions/{page}:1: number {expected:03d} was to come here"
            return


def a_type_has_one_definition(tree):
    """Two classes of one name in one namespace are one to the linker, which takes the functions of either."""
    seen = {}
    for path in filter(production, sorted(tree.code)):
        if not path.endswith(".hpp"):
            continue
        space = ""
        for number, line in enumerate(tree.code[path].splitlines(), 1):
            if opened := re.match(r"namespace ([\w:]+) \{", line):
                space = opened.group(1)
            named = re.match(r"(?:struct|class|enum class) (\w+)(?: final)?(?: : [^;]*)?\s*\{", line)
            if named and seen.setdefault((space, named.group(1)), path) != path:
                yield f"{path}:{number}: {space}::{named.group(1)} is defined in {seen[space, named.group(1)]} too"


RULES = [includes_go_one_way, a_type_has_one_definition, the_core_uses_the_standard_library_alone, libraries_are_known_to_their_wrappers_alone,
         the_provider_is_known_to_the_cloud_module_alone, nothing_asks_which_provider_it_is,
         the_command_line_library_is_in_no_header,
         nobody_looks_at_a_clock_but_its_keepers, secrets_are_not_printed, bound_values_stay_out_of_texts,
         namespaces_stay_named, clang_14_can_read_it, functions_are_short, files_are_short, every_source_is_built,
         every_header_is_included, every_script_is_run, sources_are_listed_by_name, the_project_speaks_of_itself,
         decisions_are_numbered_without_gaps]
