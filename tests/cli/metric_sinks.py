"""What metrics are sent to, on loopback: as strict as the vendors' rules, and as unkind as a test wants."""
import http.server
import json
import re
import socket
import threading

# Wavefront's data format: a metric, a value, perhaps a time, the source, then tags.
METRIC = re.compile(r"[A-Za-z0-9_.-]{1,256}")
NUMBER = re.compile(r"-?\d+(\.\d+)?")
TAG_KEY = re.compile(r"[A-Za-z0-9_.-]+")


class BadLine(ValueError):
    pass


def quoted(line, at):
    """The value that begins at a quote, and where it ends."""
    if line[at:at + 1] != '"':
        raise BadLine(f"no quote at {at}: {line!r}")
    value, at = "", at + 1
    while at < len(line) and line[at] != '"':
        if line[at] == "\\":
            if line[at + 1:at + 2] != '"':
                raise BadLine(f"a backslash before no quote at {at}: {line!r}")
            at += 1
        if ord(line[at]) < 0x20 or ord(line[at]) == 0x7f:
            raise BadLine(f"a control character at {at}: {line!r}")
        value, at = value + line[at], at + 1
    if at >= len(line):
        raise BadLine(f"a quote that is never closed: {line!r}")
    return value, at + 1


def wavefront_line(line):
    """(metric, value, time or None, source, tags); BadLine for what Wavefront would not take."""
    words = line.split(" ", 3)
    metric, value = words[0], words[1]
    if not METRIC.fullmatch(metric) or not NUMBER.fullmatch(value):
        raise BadLine(line)
    at, time = len(metric) + len(value) + 2, None
    if re.fullmatch(r"\d{10}", words[2]):
        time, at = int(words[2]), at + 11
    tags = {}
    while at < len(line):
        end = line.find("=", at)
        key = line[at:end]
        if end < 0 or not TAG_KEY.fullmatch(key) or key in tags:
            raise BadLine(f"a tag at {at}: {line!r}")
        tags[key], at = quoted(line, end + 1)
        if not tags[key] or len(key.encode()) + len(tags[key].encode()) > 254:
            raise BadLine(f"an empty or a long tag {key}: {line!r}")
        if at < len(line) and line[at] != " ":
            raise BadLine(f"no blank at {at}: {line!r}")
        at += 1
    source = tags.pop("source", "")
    if not re.fullmatch(METRIC.pattern[:-len("{1,256}")] + "{1,128}", source):
        raise BadLine(f"its source: {line!r}")
    return metric, int(value), time, source, tags


def wavefront_body(body):
    text = body.decode()
    if not text.endswith("\n"):
        raise BadLine("the last line has no end")
    lines = text[:-1].split("\n")
    if len(lines) > 1000:
        raise BadLine(f"{len(lines)} points in one request")
    return [wavefront_line(line) for line in lines]


def otlp_points(body):
    """[(name, kind, unit, value, attributes)] of an ExportMetricsServiceRequest in protobuf's JSON."""
    points = []
    document = json.loads(body)
    assert set(document) == {"resourceMetrics"}, document.keys()
    for resource in document["resourceMetrics"]:
        assert {each["key"] for each in resource["resource"]["attributes"]} >= {"service.name"}
        for scope in resource["scopeMetrics"]:
            assert set(scope) == {"scope", "metrics"} and set(scope["scope"]) == {"name", "version"}
            names = [metric["name"] for metric in scope["metrics"]]
            assert len(names) == len(set(names)), names
            for metric in scope["metrics"]:
                kinds = set(metric) - {"name", "description", "unit"}
                assert kinds in ({"gauge"}, {"sum"}), metric
                kind = kinds.pop()
                if kind == "sum":
                    assert metric["sum"]["aggregationTemporality"] == 2 and metric["sum"]["isMonotonic"] is True
                for point in metric[kind]["dataPoints"]:
                    assert re.fullmatch(r"-?\d+", point["asInt"]) and re.fullmatch(r"\d{19}", point["timeUnixNano"])
                    began = point.get("startTimeUnixNano")
                    assert (began is not None) == (kind == "sum") and (began or "0" * 19) <= point["timeUnixNano"], point
                    attributes = {each["key"]: each["value"]["stringValue"] for each in point["attributes"]}
                    assert len(attributes) == len(point["attributes"])
                    points.append((metric["name"], kind, metric.get("unit", ""), int(point["asInt"]), attributes))
    return points


class Sink:
    """Answers with `answers`, one after another, then with 202: a status, (status, headers, body) or "drop"."""

    def __init__(self, *answers):
        self.answers, self.requests = list(answers), []
        sink = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                answer = sink.answers.pop(0) if sink.answers else 202
                sink.requests.append({"method": self.command, "path": self.path, "headers": dict(self.headers.items()),
                                      "body": body, "answer": answer})
                if answer == "drop":
                    self.close_connection = True
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                status, headers, text = answer if isinstance(answer, tuple) else (answer, {}, b"")
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            do_PUT = do_POST

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def taken(self):
        """Bodies of the requests that were answered with success."""
        return [each["body"] for each in self.requests
                if each["answer"] != "drop" and 200 <= (each["answer"] if isinstance(each["answer"], int)
                                                         else each["answer"][0]) < 300]

    def points(self):
        return [point for body in self.taken() for point in wavefront_body(body)]

    def close(self):
        self.server.shutdown()
        self.server.server_close()
