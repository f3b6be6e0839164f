"""C++ read roughly, but well enough to be held to a style: text without comments and literals, functions, includes."""
import re

OPENERS = re.compile(r'//|/\*|R"|"|\'')


def _raw_end(text, start):
    """Past the end of the raw string whose R stands at `start`."""
    bracket = text.index("(", start)
    closing = ")" + text[start + 2:bracket] + '"'
    end = text.find(closing, bracket)
    return len(text) if end < 0 else end + len(closing)


def _quoted_end(text, start):
    quote, at = text[start], start + 1
    while at < len(text) and text[at] != quote:
        at += 2 if text[at] == "\\" else 1
    return at + 1


def _token_end(text, start):
    if text.startswith("//", start):
        end = text.find("\n", start)
        return len(text) if end < 0 else end
    if text.startswith("/*", start):
        end = text.find("*/", start + 2)
        return len(text) if end < 0 else end + 2
    return _raw_end(text, start) if text[start] == "R" else _quoted_end(text, start)


def bare(text):
    """The code alone: comments and literals become blanks, line breaks stay where they are."""
    out, at = [], 0
    for match in iter(lambda: OPENERS.search(text, at), None):
        start = match.start()
        before = text[start - 1] if start else " "
        if match.group() == "'" and before.isalnum():  # a digit's separator: 1'000
            out.append(text[at:start + 1])
            at = start + 1
            continue
        if match.group() == 'R"' and (before.isalnum() or before == "_"):
            out.append(text[at:start + 1])
            at = start + 1
            continue
        end = _token_end(text, start)
        out.append(text[at:start])
        out.append("".join(c if c == "\n" else " " for c in text[start:end]))
        at = end
    out.append(text[at:])
    return "".join(out)


def includes(text):
    """(line number, what stands between the brackets or quotes, quoted?) of each #include."""
    for number, line in enumerate(text.splitlines(), 1):
        match = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
        if match:
            yield number, match.group(2), match.group(1) == '"'


SCOPE = re.compile(r"\b(namespace|class|struct|enum|union|extern)\b(?![^;{]*\)\s*(const|noexcept|override|\s)*$)")


def functions(text):
    """(name, first line, lines) of each function body at namespace or class scope, its signature included."""
    code = re.sub(r"(?m)^[ \t]*#.*?(?<!\\)$", "", bare(text))
    depth_of_scopes, stack, head = 0, [], 0
    for match in re.finditer(r"[{};]", code):
        at, sign = match.start(), match.group()
        if sign == "{":
            words = code[head:at]
            kind = "scope" if SCOPE.search(words) else "body"
            stack.append((kind, head, depth_of_scopes == len(stack)))
            depth_of_scopes += kind == "scope" and depth_of_scopes == len(stack) - 1
            if stack[-1][2]:
                head = at + 1 if kind == "scope" else head
        elif sign == "}" and stack:
            kind, start, outer = stack.pop()
            depth_of_scopes = min(depth_of_scopes, len(stack))
            rest = code[at + 1:].lstrip()[:1]
            if outer and kind == "body" and rest not in (";", ",", "{", ")"):
                words = code[start:at]
                first = code.count("\n", 0, start + len(words) - len(words.lstrip())) + 1
                named = re.search(r"([\w:~]+|operator\S+)\s*\(", words)
                yield named.group(1) if named else "?", first, code.count("\n", 0, at) + 2 - first
                head = at + 1
            elif outer and kind == "scope":
                head = at + 1
        elif sign == ";" and depth_of_scopes == len(stack):
            head = at + 1
