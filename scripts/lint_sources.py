"""Compares the sources with the module table and the list of forbidden constructs.

    swift package dump-package | python3 scripts/lint_sources.py ROOT

Prints each finding as `file:line: rule: what is wrong` and ends with 1 if there is one.
"""

import glob
import json
import os
import re
import sys

# Modules of the system and the toolchain, which need no row.
SYSTEM = {"Swift", "Foundation", "FoundationEssentials", "Glibc", "Dispatch", "Synchronization"}
SYSTEM_IN_TESTS = SYSTEM | {"Testing"}

LIBRARIES = "Sources/Libraries/"
MOST_LINES = 400

IMPORT = re.compile(
    r"(?:^|;)[ \t]*(?:@\w+(?:\([^)\n]*\))?\s+)*"
    r"(?:(?:public|package|internal|fileprivate|private)\s+)?"
    r"import\s+(?:(?:struct|class|enum|protocol|typealias|func|var|let|actor|macro)\s+)?`?(\w+)",
    re.MULTILINE,
)


def everywhere_but_libraries(path):
    return not path.startswith(LIBRARIES)


def tests(path):
    return path.startswith("Tests/")


# Rule, construct, where it is forbidden, why. Comments and string literals don't count.
FORBIDDEN = [
    ("unsafe-outside-libraries", r"@unchecked\b", everywhere_but_libraries,
     "@unchecked belongs into Sources/Libraries, where a comment says what guards it"),
    ("unsafe-outside-libraries", r"\bnonisolated\s*\(\s*unsafe\s*\)", everywhere_but_libraries,
     "nonisolated(unsafe) belongs into Sources/Libraries, where a comment says what guards it"),
    ("unsafe-outside-libraries", r"\bUnmanaged\b", everywhere_but_libraries,
     "Unmanaged belongs into Sources/Libraries, where a comment says what guards it"),
    ("crash-outside-libraries", r"\btry\s*!", everywhere_but_libraries,
     "try! ends the process of all users for one error: throw it"),
    ("crash-outside-libraries", r"\bfatalError\b", everywhere_but_libraries,
     "fatalError ends the process of all users: throw an error"),
    ("crash-outside-libraries", r"\bas\s*!", everywhere_but_libraries,
     "as! ends the process of all users for one wrong type: use as? and throw"),
    ("sleep-in-tests", r"\b(?:Task|Thread)\s*\.\s*sleep\b|\b(?:usleep|nanosleep)\b|(?<![.\w])(?<!func )sleep\s*\(",
     tests, "a test waits for a signal; a sleep is too short on a slow machine and too long on a fast one"),
    ("print-in-libraries", r"(?<![.\w])(?:debugPrint|print)\s*\(", lambda path: path.startswith(LIBRARIES),
     "a library doesn't print: throw, or take a Logger"),
]
FORBIDDEN = [(rule, re.compile(pattern), where, why) for rule, pattern, where, why in FORBIDDEN]

NAMED_TEST = re.compile(r"`(?:(\w+Tests)/)?(\w+Tests)`")

STRING_START = re.compile(r'(#*)("""|")')


def code_only(text):
    """The text with comments and string literals blanked out; interpolations stay, lines and columns too."""
    out = []
    end = blank_code(text, 0, out, None)
    assert end == len(text)
    return "".join(out)


def blank(piece):
    return "".join(char if char == "\n" else " " for char in piece)


def blank_code(text, at, out, closing):
    """Copies code from `at`; with `closing`, up to the parenthesis that ends an interpolation."""
    depth = 0
    while at < len(text):
        two = text[at:at + 2]
        if two == "//":
            end = text.find("\n", at)
            end = len(text) if end < 0 else end
            out.append(blank(text[at:end]))
            at = end
        elif two == "/*":
            end = end_of_block_comment(text, at)
            out.append(blank(text[at:end]))
            at = end
        elif text[at] in '"#' and (start := STRING_START.match(text, at)):
            at = blank_string(text, start, out)
        else:
            char = text[at]
            depth += (char == "(") - (char == ")")
            out.append(char)
            at += 1
            if closing and depth < 0:
                return at
    return at


def end_of_block_comment(text, at):
    depth = 0
    for mark in re.finditer(r"/\*|\*/", text[at:]):
        depth += 1 if mark.group() == "/*" else -1
        if depth == 0:
            return at + mark.end()
    return len(text)


def blank_string(text, start, out):
    hashes, quote = start.group(1), start.group(2)
    stop, escape = quote + hashes, "\\" + hashes
    out.append(blank(start.group()))
    at = start.end()
    while at < len(text):
        if text.startswith(stop, at):
            out.append(blank(stop))
            return at + len(stop)
        if text.startswith(escape + "(", at):
            out.append(blank(escape) + "(")
            at = blank_code(text, at + len(escape) + 1, out, closing=True)
        elif text.startswith(escape, at):
            end = min(at + len(escape) + 1, len(text))
            out.append(blank(text[at:end]))
            at = end
        elif quote == '"' and text[at] == "\n":
            return at
        else:
            out.append("\n" if text[at] == "\n" else " ")
            at += 1
    return at


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


class Lint:
    def __init__(self, root, package):
        self.root = root
        self.targets = package["targets"]
        self.findings = []
        self.code = {}
        for folder in ("Sources", "Tests"):
            for directory, _, names in os.walk(os.path.join(root, folder)):
                for name in names:
                    if name.endswith(".swift"):
                        path = os.path.relpath(os.path.join(directory, name), root)
                        with open(os.path.join(root, path), encoding="utf-8") as file:
                            self.code[path] = code_only(file.read())

        self.documents = {}
        for path in glob.glob("docs/*.md", root_dir=root):
            with open(os.path.join(root, path), encoding="utf-8") as file:
                self.documents[path] = file.read()

    def report(self, path, line, rule, why):
        self.findings.append((path, line, rule, why))

    def row_line(self, name):
        """Where Package.swift has the target's row."""
        with open(os.path.join(self.root, "Package.swift"), encoding="utf-8") as file:
            text = file.read()
        rows = max(text.find("targets: ["), 0)
        row = re.compile(r'\(\s*(?:name:\s*)?("%s")' % re.escape(name)).search(text, rows)
        return line_of(text, row.start(1)) if row else 1

    def check_modules(self):
        system_modules = {target["name"] for target in self.targets if target["type"] == "system"}
        # A test may need a program to be built, in order to run it: nothing there to import.
        programs = {target["name"] for target in self.targets if target["type"] == "executable"}
        names = {target["name"] for target in self.targets}
        owners = {name: [] for name in system_modules}
        claimed = set()
        for target in self.targets:
            if target["type"] == "system":
                continue
            name, is_test = target["name"], target["type"] == "test"
            row = [self.dependency_name(dependency) for dependency in target["dependencies"]]
            folder = target.get("path") or ("Tests/" if is_test else "Sources/") + name
            files = [path for path in self.code if path.startswith(folder.rstrip("/") + "/")]
            claimed.update(files)
            allowed = SYSTEM_IN_TESTS if folder.startswith("Tests/") else SYSTEM
            used = set()
            for path in sorted(files):
                for match in IMPORT.finditer(self.code[path]):
                    module = match.group(1)
                    line = line_of(self.code[path], match.start(1))
                    used.add(module)
                    if module in row or (module in allowed and module not in names):
                        continue
                    self.report(path, line, "import", self.why_refused(module, name, system_modules, names))
            for module in row:
                if module not in used and module not in programs:
                    self.report("Package.swift", self.row_line(name), "unused-dependency",
                                f"{name} names {module} in its row, but none of its files imports it")
                if module in owners:
                    owners[module].append(name)
        for module, wrappers in sorted(owners.items()):
            if len(wrappers) > 1:
                self.report("Package.swift", self.row_line(module), "c-module",
                            f"{module} has one wrapper, but these name it: {', '.join(wrappers)}")
        for path in sorted(set(self.code) - claimed):
            self.report(path, 1, "stray-file", "this file belongs to no target of Package.swift")

    @staticmethod
    def dependency_name(dependency):
        kind = next(iter(dependency))
        return dependency[kind][0]

    @staticmethod
    def why_refused(module, target, system_modules, names):
        if module in system_modules:
            return f"{target} may not import {module}: a C module is seen by its own wrapper alone"
        if module in names:
            return f"{target} may not import {module}: its row in Package.swift doesn't name it"
        return f"{target} may not import {module}: it is neither in its row nor a module every target may use"

    def check_constructs(self):
        for path in sorted(self.code):
            code = self.code[path]
            for rule, pattern, where, why in FORBIDDEN:
                if where(path):
                    for match in pattern.finditer(code):
                        self.report(path, line_of(code, match.start()), rule, why)

    def check_lengths(self):
        for path in sorted(self.code):
            lines = self.code[path].count("\n") + (not self.code[path].endswith("\n"))
            if path.startswith("Sources/") and lines > MOST_LINES:
                self.report(path, lines, "too-long", f"{lines} lines; at {MOST_LINES} a file holds more than one idea")

    def check_named_tests(self):
        """The documents say which test holds a promise: it has to be there."""
        files = [path for path in self.code if tests(path)]
        known = {os.path.splitext(os.path.basename(path))[0] for path in files} | {path.split("/")[1] for path in files}
        for path in sorted(self.documents):
            for match in NAMED_TEST.finditer(self.documents[path]):
                folder, suite = match.groups()
                beginning, end = f"Tests/{folder}/", f"/{suite}.swift"
                if any(file.startswith(beginning) and file.endswith(end) for file in files):
                    continue
                if folder or suite not in known:
                    self.report(path, line_of(self.documents[path], match.start()), "named-test",
                                f"there is no test {match.group(0)}")


def main():
    lint = Lint(sys.argv[1], json.load(sys.stdin))
    lint.check_modules()
    lint.check_constructs()
    lint.check_lengths()
    lint.check_named_tests()
    for path, line, rule, why in sorted(lint.findings):
        print(f"{path}:{line}: {rule}: {why}")
    return 1 if lint.findings else 0


if __name__ == "__main__":
    sys.exit(main())
