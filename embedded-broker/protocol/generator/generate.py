#!/usr/bin/env python3
"""Writes the C++ of all messages and stored records from protocol/schema/ (its README.md says the form).

    generate.py SCHEMA_DIR OUTPUT_DIR          writes OUTPUT_DIR/messages/*.h, *.cpp and api_table.cpp, only what changed
    generate.py SCHEMA_DIR OUTPUT_DIR --list   prints the paths it would write, headers first
    generate.py SCHEMA_DIR OUTPUT_DIR --visit  writes OUTPUT_DIR/visit_fields.h, for tests: FieldsOf<Message>::each(message, visit)
"""
import pathlib
import re
import sys

HUGE = 32767
KEYWORDS = {"default", "delete", "namespace", "operator", "class", "new", "this", "register", "export", "template"}
PRIMITIVES = {  # schema type -> C++ type, Writer/Reader member, least bytes on the wire
    "bool": ("bool", "boolean", 1), "int8": ("std::int8_t", "int8", 1), "int16": ("std::int16_t", "int16", 2),
    "uint16": ("std::uint16_t", "uint16", 2), "int32": ("std::int32_t", "int32", 4), "uint32": ("std::uint32_t", "uint32", 4),
    "int64": ("std::int64_t", "int64", 8), "float64": ("double", "float64", 8), "uuid": ("Uuid", "uuid", 16),
}
SOURCES = 16  # the generated code is spread over this many translation units


class SchemaError(Exception):
    pass


def versions(text):
    if text == "none":
        return (1, 0)
    if text.endswith("+"):
        return (int(text[:-1]), HUGE)
    low, _, high = text.partition("-")
    return (int(low), int(high or low))


class Field:
    def __init__(self, name, type_, span):
        self.name = name + "_" if name in KEYWORDS else name
        self.array = type_.startswith("[")
        self.type = type_.strip("[]")
        self.span = span
        self.null = (1, 0)
        self.tag = None
        self.tag_span = (1, 0)
        self.default = None
        self.secret = False
        self.flexible = None
        self.children = []

    @property
    def nullable(self):
        return self.null[0] <= self.null[1]

    @property
    def primitive(self):
        return self.type in PRIMITIVES or self.type in ("string", "bytes", "records")


class Message:
    def __init__(self, kind, name, span, flexible, number):
        self.kind, self.name, self.span, self.flexible, self.number = kind, name, span, flexible, number
        self.fields, self.structs = [], {}
        self.unstable = False


def snake(name):
    return re.sub(r"(?<=[a-z0-9])([A-Z])|(?<=[A-Z])([A-Z])(?=[a-z])", lambda m: "_" + m.group(0), name).lower()


def parse_field(words, where):
    field = Field(words[0], words[1], versions(words[2]))
    rest = words[3:]
    while rest:
        word = rest.pop(0)
        if word == "null":
            field.null = versions(rest.pop(0))
        elif word == "tag":
            field.tag = int(rest.pop(0))
            field.tag_span = versions(rest.pop(0))
        elif word == "default":
            field.default = rest.pop(0)
        elif word == "flexible":
            field.flexible = versions(rest.pop(0))
        elif word == "secret":
            field.secret = True
        elif word == "entity":
            rest.pop(0)
        elif word != "ignorable":
            raise SchemaError(f"{where}: unknown attribute '{word}'")
    return field


def parse(path):
    messages, api, stack, current = [], None, [], None
    for number, line in enumerate(path.read_text().splitlines(), 1):
        where = f"{path.name}:{number}"
        line = line.split("#")[0].rstrip()
        if not line:
            continue
        indent = (len(line) - len(line.lstrip())) // 2
        words = line.split()
        if indent == 0:
            if words[0] == "api":
                api = {"key": int(words[1]), "name": words[2], "on": words[4].split(",") if len(words) > 4 else []}
                continue
            if words[0] in ("request", "response"):
                current = Message(words[0], api["name"] + words[0].capitalize(), versions(words[1]), versions(words[3]), api["key"])
                current.unstable = "unstable" in words[4:]
                current.listed = int(words[words.index("listed") + 1]) if "listed" in words else current.span[0]
                current.api = api
            else:
                if words[0] not in ("record", "key", "value", "data", "header"):
                    raise SchemaError(f"{where}: unknown kind '{words[0]}'")
                current = Message(words[0], words[1], versions(words[2]), versions(words[4]), int(words[6]) if len(words) > 6 else None)
            messages.append(current)
            stack = [current.fields]
            continue
        if words[0] == "struct" and indent == 1:
            children = []
            current.structs[words[1]] = children
            stack = [None, children]
            stack = [children, children]
            continue
        if len(words) < 3:
            raise SchemaError(f"{where}: a field needs a name, a type and versions")
        field = parse_field(words, where)
        del stack[indent:]
        stack[indent - 1].append(field)
        stack.append(field.children)
    return messages


class Emitter:
    """C++ of one message."""

    def __init__(self, message):
        self.m = message
        self.out = []

    def covers(self, span):
        return span[0] <= self.m.span[0] and span[1] >= self.m.span[1]

    def condition(self, span):
        """The C++ test that `version` lies in span, given that it lies in the message's; None = always; False = never."""
        low, high = max(span[0], self.m.span[0]), min(span[1], self.m.span[1])
        if low > high:
            return False
        parts = []
        if low > self.m.span[0]:
            parts.append(f"version_ >= {low}")
        if high < self.m.span[1]:
            parts.append(f"version_ <= {high}")
        return " && ".join(parts) or None

    def flexible(self, field=None):
        span = field.flexible if field is not None and field.flexible is not None else self.m.flexible
        test = self.condition(span)
        return "true" if test is None else "false" if test is False else "flexible_" if field is None or field.flexible is None else f"({test})"

    def cpp_type(self, f):
        if f.type == "records":
            return "Records"
        base = "std::string" if f.type == "string" else "Slice" if f.type == "bytes" else PRIMITIVES[f.type][0] if f.type in PRIMITIVES else f.type
        if f.array:
            base = f"std::vector<{base}>"
        return f"std::optional<{base}>" if f.nullable else base

    def initial(self, f):
        d = f.default
        if d in ("null", "None"):
            d = None
            null = True
        else:
            null = False
        if f.type == "records":
            return ""
        if f.nullable:
            if null or f.tag is not None and d is None and not f.array and not f.primitive:
                return ""
            if f.array:
                return f" = std::vector<{self.cpp_type(f)[len('std::optional<std::vector<'):-2]}>()"
            if f.type == "string":
                return f' = std::string("{d or ""}")'
            if f.type == "bytes":
                return " = Slice()"
            return ""
        if f.array or f.type == "bytes":
            return ""
        if f.type == "string":
            return f' = "{d}"' if d else ""
        if f.type == "uuid":
            return ""
        if f.type == "bool":
            return f" = {d.lower() if d else 'false'}"
        if f.type in PRIMITIVES:
            if d == "-9223372036854775808":
                return " = INT64_MIN"
            if d == "-2147483648":
                return " = INT32_MIN"
            if f.type == "int64" and d and len(d) > 9:
                d += "LL"
            return f" = {d or '0'}"
        return ""

    def is_default(self, f):
        """C++ test that the field has its default value, to leave out a tagged one."""
        n = f.name
        if f.nullable:
            return f"!{n}" if self.initial(f) == "" else f"({n} && {n}->empty())"
        if f.array or f.type in ("string", "bytes") and not f.default:
            return f"{n}.empty()"
        if f.type == "uuid":
            return f"{n}.isZero()"
        if f.primitive:
            return f"{n} == {self.initial(f)[3:]}"
        return f"{n} == {f.type}{{}}"

    def struct_bytes_min(self, fields, depth=0):
        total = 0
        for f in fields:
            if f.tag is not None or not self.covers(f.span):
                continue
            if f.array or f.type in ("string", "bytes", "records") or f.nullable:
                total += 1
            elif f.type in PRIMITIVES:
                total += PRIMITIVES[f.type][2]
            elif depth < 8:
                total += self.struct_bytes_min(f.children or self.m.structs.get(f.type, []), depth + 1)
        return max(total, 1)

    def element_bytes_min(self, f):
        if f.type in PRIMITIVES:
            return PRIMITIVES[f.type][2]
        if f.type in ("string", "bytes"):
            return 1
        return self.struct_bytes_min(f.children or self.m.structs.get(f.type, []))

    # --- header ---------------------------------------------------------------------------------------------------
    def struct_header(self, name, fields, ind, top=False):
        p = "    " * ind
        o = [f"{p}struct {name} {{"]
        if top:
            if self.m.number is not None:
                label = "kApiKey" if self.m.kind in ("request", "response") else "kType"
                o.append(f"{p}    static constexpr std::int16_t {label} = {self.m.number};")
            o.append(f"{p}    static constexpr std::int16_t kMinVersion = {self.m.span[0]};")
            o.append(f"{p}    static constexpr std::int16_t kMaxVersion = {self.m.span[1]};")
            o.append(f"{p}    static constexpr bool isFlexible([[maybe_unused]] std::int16_t version_) {{ return {self.flex_expression()}; }}")
            for sname, sfields in self.ordered_structs():
                o += self.struct_header(sname, sfields, ind + 1)
        for f in fields:
            if f.children:
                o += self.struct_header(f.type, f.children, ind + 1)
        for f in fields:
            o.append(f"{p}    {self.cpp_type(f)} {f.name}{self.initial(f)};")
        o.append(f"{p}    std::vector<TaggedField> unknownTaggedFields;")
        o.append("")
        o.append(f"{p}    bool operator==(const {name}&) const = default;")
        o.append(f"{p}    void encode(Writer& writer, std::int16_t version_) const;")
        o.append(f"{p}    void read(Reader& reader, std::int16_t version_);")
        o.append(f"{p}    void print(std::string& out, std::int16_t version_) const;")
        if top:
            o.append(f"{p}    /// Refuses versions outside [kMinVersion, kMaxVersion] and bytes that are not such a message.")
            o.append(f"{p}    static Result<{name}> decode(Reader& reader, std::int16_t version_);")
            o.append(f"{p}    /// One line, for people and logs; secrets print as ***, bytes as their count.")
            o.append(f"{p}    [[nodiscard]] std::string print(std::int16_t version_) const;")
        o.append(f"{p}}};")
        return o

    def ordered_structs(self):
        """Common structs, each after those it is made of."""
        left, done = dict(self.m.structs), []
        while left:
            ready = [n for n, fields in left.items() if not any(f.type in left and f.type != n for f in fields)]
            if not ready:
                raise SchemaError(f"{self.m.name}: structs that contain each other: {', '.join(left)}")
            done += [(n, left.pop(n)) for n in ready]
        return done

    def flex_expression(self):
        test = self.condition(self.m.flexible)
        return "true" if test is None else "false" if test is False else test

    # --- source ---------------------------------------------------------------------------------------------------
    def write_value(self, f, value, w="writer"):
        flex = self.flexible(f)
        if f.type == "string":
            return f"{w}.string({value}, {flex});"
        if f.type == "bytes":
            return f"{w}.bytes({value}, {flex});"
        if f.type in PRIMITIVES:
            return f"{w}.{PRIMITIVES[f.type][1]}({value});"
        return f"{value}.encode({w}, version_);"

    def write_field(self, f, ind, w="writer"):
        p, n, flex = "    " * ind, f.name, self.flexible(f)
        if f.type == "records":
            return [f"{p}{w}.records({n}, {flex});"]
        if f.array:
            o = []
            inner = n
            if f.nullable:
                test = self.condition(f.null)
                o.append(f"{p}if (!{n}) {{")
                if test is None:
                    o.append(f"{p}    {w}.nullArray({flex});")
                elif test is False:
                    o.append(f"{p}    {w}.arrayCount(0, {flex});")
                else:
                    o.append(f"{p}    if ({test})")
                    o.append(f"{p}        {w}.nullArray({flex});")
                    o.append(f"{p}    else")
                    o.append(f"{p}        {w}.arrayCount(0, {flex});")
                o.append(f"{p}}} else {{")
                inner, p2 = f"(*{n})", p + "    "
            else:
                p2 = p
            o.append(f"{p2}{w}.arrayCount({inner}.size(), {flex});")
            o.append(f"{p2}for (const auto& element_ : {inner})")
            o.append(f"{p2}    {self.write_value(f, 'element_', w)}")
            if f.nullable:
                o.append(f"{p}}}")
            return o
        if f.nullable:
            test = self.condition(f.null)
            if f.type in ("string", "bytes"):
                call = {"string": "nullableString", "bytes": "nullableBytes"}[f.type]
                if test is None:
                    return [f"{p}{w}.{call}({n}, {flex});"]
                empty = '""' if f.type == "string" else "Slice()"
                plain = f"{n} ? {w}.{f.type}(*{n}, {flex}) : {w}.{f.type}({empty}, {flex});"
                if test is False:
                    return [f"{p}{plain}"]
                return [f"{p}if ({test})", f"{p}    {w}.{call}({n}, {flex});", f"{p}else", f"{p}    {plain}"]
            o = [f"{p}{w}.int8({n} ? 1 : -1);", f"{p}if ({n})", f"{p}    {self.write_value(f, f'(*{n})', w)}"]
            return o
        return [f"{p}{self.write_value(f, n, w)}"]

    def read_value(self, f, r="reader"):
        flex = self.flexible(f)
        if f.type == "string":
            return f"{r}.string({flex})"
        if f.type == "bytes":
            return f"{r}.bytes({flex})"
        return f"{r}.{PRIMITIVES[f.type][1]}()"

    def read_field(self, f, ind, r="reader"):
        p, n, flex = "    " * ind, f.name, self.flexible(f)
        null_test = self.condition(f.null) if f.nullable else False
        nullable = "true" if null_test is None else "false" if null_test is False else f"({null_test})"
        if f.type == "records":
            return [f"{p}{n} = {r}.records({flex}, {nullable});"]
        if f.array:
            o = [f"{p}{{", f"{p}    const std::int32_t count_ = {r}.arrayCount({flex}, {nullable}, {self.element_bytes_min(f)});"]
            p2 = p + "    "
            target = n
            if f.nullable:
                o.append(f"{p2}if (count_ < 0) {{")
                o.append(f"{p2}    {n}.reset();")
                o.append(f"{p2}}} else {{")
                p2 += "    "
                o.append(f"{p2}{n}.emplace();")
                target = f"{n}->"
            else:
                o.append(f"{p2}{n}.clear();")
                target = f"{n}."
            o.append(f"{p2}{target}reserve(static_cast<std::size_t>(count_ < 256 ? count_ : 256));")
            o.append(f"{p2}for (std::int32_t i_ = 0; i_ < count_ && {r}.ok(); ++i_)")
            if f.primitive:
                o.append(f"{p2}    {target}push_back({self.read_value(f, r)});")
            else:
                o.append(f"{p2}    {target}emplace_back().read({r}, version_);")
            if f.nullable:
                o.append(f"{p}    }}")
            o.append(f"{p}}}")
            return o
        if f.nullable:
            if f.type in ("string", "bytes"):
                call = {"string": "nullableString", "bytes": "nullableBytes"}[f.type]
                if null_test is None:
                    return [f"{p}{n} = {r}.{call}({flex});"]
                if null_test is False:
                    return [f"{p}{n} = {self.read_value(f, r)};"]
                return [f"{p}if ({null_test})", f"{p}    {n} = {r}.{call}({flex});", f"{p}else", f"{p}    {n} = {self.read_value(f, r)};"]
            # Not emplace(): clang asks for the default constructor of a nested struct before the outer one is complete.
            return [f"{p}if ({r}.int8() < 0)", f"{p}    {n}.reset();", f"{p}else", f"{p}    ({n} = {f.type}())->read({r}, version_);"]
        if f.primitive:
            return [f"{p}{n} = {self.read_value(f, r)};"]
        return [f"{p}{n}.read({r}, version_);"]

    def print_value(self, f, value):
        if f.secret:
            return 'out += "***";'
        if f.type == "string":
            return f"out += quoted({value});"
        if f.type == "bytes":
            return f'out += fmt::format("<{{}} bytes>", {value}.size());'
        if f.type == "records":
            return f'out += {value}.null ? std::string("null") : fmt::format("<{{}} bytes of records>", {value}.size());'
        if f.type == "uuid":
            return f"out += {value}.toString();"
        if f.type in PRIMITIVES:
            return f'out += fmt::format("{{}}", {value});'
        return f"{value}.print(out, version_);"

    def print_field(self, f, ind):
        p, n = "    " * ind, f.name
        if f.type == "records" or not f.array and not f.nullable:
            return [p + self.print_value(f, n)]
        o, inner = [], n
        if f.nullable:
            o.append(f"{p}if (!{n}) {{")
            o.append(f'{p}    out += "null";')
            o.append(f"{p}}} else {{")
            inner, p = f"(*{n})", p + "    "
        if f.array:
            o.append(f"{p}out += '[';")
            o.append(f'{p}for (std::size_t i_ = 0; i_ < {inner}.size(); ++i_) {{')
            o.append(f"{p}    if (i_ > 0)")
            o.append(f'{p}        out += ", ";')
            o.append(f"{p}    {self.print_value(f, f'{inner}[i_]')}")
            o.append(f"{p}}}")
            o.append(f"{p}out += ']';")
        else:
            o.append(p + self.print_value(f, inner))
        if f.nullable:
            o.append("    " * ind + "}")
        return o

    def guarded(self, span, lines, ind):
        test = self.condition(span)
        if test is False:
            return []
        if test is None:
            return lines(ind)
        p = "    " * ind
        return [f"{p}if ({test}) {{"] + lines(ind + 1) + [f"{p}}}"]

    def struct_source(self, qualified, fields, top=False):
        o = []
        any_flexible = self.condition(self.m.flexible) is not False
        decl = [] if self.flexible() in ("true", "false") else [f"    [[maybe_unused]] const bool flexible_ = {self.condition(self.m.flexible)};"]
        plain = [f for f in fields if not (f.tag is not None and self.covers_tag(f))]
        tagged = sorted((f for f in fields if f.tag is not None), key=lambda f: f.tag)
        # encode
        o.append(f"void {qualified}::encode([[maybe_unused]] Writer& writer, [[maybe_unused]] std::int16_t version_) const {{")
        o += decl
        for f in plain:
            span = f.span if f.tag is None else (f.span[0], f.tag_span[0] - 1)
            o += self.guarded(span, lambda ind, f=f: self.write_field(f, ind), 1)
        if any_flexible:
            test = self.condition(self.m.flexible)
            p = "    "
            if test is not None:
                o.append(f"    if (flexible_) {{")
                p += "    "
            ind = len(p) // 4
            if tagged:
                o.append(f"{p}std::vector<TaggedField> known_;")
                for f in tagged:
                    span_test = self.condition((max(f.span[0], f.tag_span[0]), min(f.span[1], f.tag_span[1])))
                    if span_test is False:
                        continue
                    full = f"!({self.is_default(f)})" + (f" && {span_test}" if span_test else "")
                    o.append(f"{p}if ({full}) {{")
                    o.append(f"{p}    Writer field_;")
                    o += self.write_field(f, ind + 1, "field_")
                    o.append(f"{p}    known_.push_back({{{f.tag}, field_.finishAsSlice()}});")
                    o.append(f"{p}}}")
                o.append(f"{p}writer.taggedFields(known_, unknownTaggedFields);")
            else:
                o.append(f"{p}writer.taggedFields({{}}, unknownTaggedFields);")
            if test is not None:
                o.append("    }")
        o.append("}\n")
        # read
        o.append(f"void {qualified}::read([[maybe_unused]] Reader& reader, [[maybe_unused]] std::int16_t version_) {{")
        o += decl
        for f in plain:
            span = f.span if f.tag is None else (f.span[0], f.tag_span[0] - 1)
            o += self.guarded(span, lambda ind, f=f: self.read_field(f, ind), 1)
        if any_flexible:
            test = self.condition(self.m.flexible)
            p = "    "
            if test is not None:
                o.append("    if (flexible_) {")
                p += "    "
            o.append(f"{p}std::int64_t previous_ = -1;")
            o.append(f"{p}for (std::uint32_t left_ = reader.taggedFieldCount(); left_ > 0 && reader.ok(); --left_) {{")
            o.append(f"{p}    TaggedField field_ = reader.taggedField(previous_);")
            o.append(f"{p}    previous_ = field_.tag;")
            live = [(f, self.condition((max(f.span[0], f.tag_span[0]), min(f.span[1], f.tag_span[1])))) for f in tagged]
            live = [(f, t) for f, t in live if t is not False]
            for f, t in live:
                o.append(f"{p}    if (field_.tag == {f.tag}" + (f" && {t}" if t else "") + ") {")
                o.append(f"{p}        Reader value_(field_.bytes);")
                o += self.read_field(f, len(p) // 4 + 2, "value_")
                o.append(f"{p}        if (!value_.ok())")
                o.append(f"{p}            reader.fail(value_.error()->message);")
                o.append(f"{p}        continue;")
                o.append(f"{p}    }}")
            o.append(f"{p}    unknownTaggedFields.push_back(std::move(field_));")
            o.append(f"{p}}}")
            if test is not None:
                o.append("    }")
        o.append("}\n")
        # print
        o.append(f"void {qualified}::print(std::string& out, [[maybe_unused]] std::int16_t version_) const {{")
        o.append("    out += '{';")
        first = True
        for f in fields:
            comma = "" if first else ", "
            o += self.guarded(f.span, lambda ind, f=f, comma=comma: [f'{"    " * ind}out += "{comma}{f.name.rstrip("_")}: ";'] + self.print_field(f, ind), 1)
            first = False
        o.append("    out += '}';")
        o.append("}\n")
        if top:
            o.append(f"Result<{qualified}> {qualified}::decode(Reader& reader, std::int16_t version_) {{")
            if self.m.span[0] > -32768:
                o.append("    if (version_ < kMinVersion || version_ > kMaxVersion)")
                o.append(f'        return fail(ErrorCode::Unsupported, fmt::format("{qualified} has no version {{}}", version_));')
            o.append(f"    {qualified} message;")
            o.append("    message.read(reader, version_);")
            o.append("    if (!reader.ok())")
            o.append(f'        return fail(reader.error()->code, "{qualified}: " + reader.error()->message);')
            o.append("    return message;")
            o.append("}\n")
            o.append(f"std::string {qualified}::print(std::int16_t version_) const {{")
            o.append(f'    std::string out = "{qualified}";')
            o.append("    print(out, version_);")
            o.append("    return out;")
            o.append("}\n")
        for f in fields:
            if f.children:
                o += self.struct_source(f"{qualified}::{f.type}", f.children)
        return o

    def covers_tag(self, f):
        """True when the field is tagged in every version that has it."""
        return f.tag_span[0] <= max(f.span[0], self.m.span[0])

    def header(self):
        return ["// Generated from protocol/schema; change it there.", "#pragma once", "", '#include "embedded-broker/protocol/codec.h"', "",
                "namespace broker::protocol {", ""] + self.struct_header(self.m.name, self.m.fields, 0, top=True) + ["", "} // namespace broker::protocol", ""]

    def source(self):
        o = self.struct_source(self.m.name, self.m.fields, top=True)
        for name, fields in self.m.structs.items():
            o += self.struct_source(f"{self.m.name}::{name}", fields)
        return o


def api_table(messages):
    apis = {}
    for m in messages:
        if m.kind in ("request", "response"):
            apis.setdefault(m.number, {})[m.kind] = m
    o = ["// Generated from protocol/schema; change it there.", '#include "embedded-broker/protocol/api_table.h"', "", "namespace broker::protocol {", "",
         "const std::vector<ApiInfo>& apiTable() {", "    static const std::vector<ApiInfo> table{"]
    for key in sorted(apis):
        q, r = apis[key]["request"], apis[key]["response"]
        high = q.span[1]
        flexible = q.flexible[0] if q.flexible[0] <= q.flexible[1] else HUGE
        rflexible = r.flexible[0] if r.flexible[0] <= r.flexible[1] else HUGE
        on = q.api["on"]
        o.append(f'        {{{key}, "{q.api["name"]}", {q.span[0]}, {high}, {q.listed}, {flexible}, {rflexible}, {str("broker" in on).lower()}, {str("controller" in on).lower()}}},')
    o += ["    };", "    return table;", "}", "", "} // namespace broker::protocol", ""]
    return o


def api_keys(messages):
    seen = sorted({(m.number, m.api["name"]) for m in messages if m.kind == "request"})
    o = ["// Generated from protocol/schema; change it there.", "#pragma once", "", "#include <cstdint>", "", "namespace broker::protocol {", "",
         "/// Which request it is: the first number of every frame.", "enum class ApiKey : std::int16_t {"]
    o += [f"    {name} = {number}," for number, name in seen]
    o += ["};", "", "} // namespace broker::protocol", ""]
    return o


def record_print(messages):
    """By number: the stored records, for people who look into a log."""
    o = ["// Generated from protocol/schema; change it there.", '#include "embedded-broker/protocol/record_print.h"', ""]
    stored = [m for m in messages if m.folder in ("metadata", "groups", "transactions", "share") and m.number is not None]
    o += [f'#include "embedded-broker/protocol/messages/{snake(m.name)}.h"' for m in stored]
    o += ["", "namespace broker::protocol::detail {", "namespace {", "", "template <class Record>",
          "Result<std::string> show(Reader& reader, std::int16_t version) {", "    const auto record = Record::decode(reader, version);", "    if (!record)",
          "        return std::unexpected(record.error());", "    return record->print(version);", "}", "", "} // namespace", ""]
    for folder, kind, function in (("metadata", "record", "metadataRecord"), ("groups", "key", "groupKey"), ("groups", "value", "groupValue"),
                                   ("transactions", "key", "transactionKey"), ("transactions", "value", "transactionValue"),
                                   ("share", "key", "shareKey"), ("share", "value", "shareValue")):
        o += [f"Show {function}(std::int16_t type) {{", "    switch (type) {"]
        o += [f"    case {m.number}: return show<{m.name}>;" for m in stored if m.folder == folder and m.kind == kind]
        o += ["    default: return nullptr;", "    }", "}", ""]
    return o + ["} // namespace broker::protocol::detail", ""]


def round_trip(messages):
    """A list of all messages for tests: every one in every version."""
    o = ["// Generated from protocol/schema; change it there.", "// X(Type) for each message and record.", "#pragma once", ""]
    o += [f'#include "embedded-broker/protocol/messages/{snake(m.name)}.h"' for m in messages]
    o += ["", "#define SAMSA_FOR_EACH_MESSAGE(X) \\"]
    o += [f"    X({m.name}) \\" for m in messages]
    o += ["", ""]
    return o


def visit_fields(messages):
    """Lets a test reach every field of every struct: FieldsOf<Message>::each(message, visit). A specialisation each, since
    overloads of one name would all be looked at for every call."""
    o = ["// Generated from protocol/schema; change it there.", "#pragma once", "", '#include "embedded-broker/protocol/messages/all.h"', "",
         "namespace broker::protocol {", "", "template <class Message>", "struct FieldsOf;", ""]

    def struct(qualified, fields):
        o.append("template <>")
        o.append(f"struct FieldsOf<{qualified}> {{")
        o.append("    template <class Visit>")
        o.append(f"    static void each({qualified}& message, Visit& visit) {{")
        for f in fields:
            o.append(f"        visit(message.{f.name});")
        o.append("        visit(message.unknownTaggedFields);")
        o.append("    }")
        o.append("};")
        for f in fields:
            if f.children:
                struct(f"{qualified}::{f.type}", f.children)

    for m in messages:
        struct(m.name, m.fields)
        for name, fields in m.structs.items():
            struct(f"{m.name}::{name}", fields)
    return o + ["", "} // namespace broker::protocol", ""]


def main():
    schema, output = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    paths = sorted(schema.rglob("*.schema"))
    messages = []
    for path in paths:
        try:
            parsed = parse(path)
            for message in parsed:
                message.folder = path.parent.name
                if any(m.unstable for m in parsed):  # what Kafka does not offer yet is neither written nor read
                    message.span = (message.span[0], message.span[1] - 1)
            messages += parsed
        except (SchemaError, ValueError, IndexError, KeyError) as error:
            sys.exit(f"{path}: {error}")
    files = {f"messages/{snake(m.name)}.h": Emitter(m) for m in messages}
    names = list(files) + ["api_keys.h", "messages/all.h"] + [f"messages/messages_{i}.cpp" for i in range(SOURCES)] + ["api_table.cpp", "record_print_table.cpp"]
    if "--list" in sys.argv:
        print(";".join(str(output / name) for name in names))
        return
    if "--visit" in sys.argv:
        output.mkdir(parents=True, exist_ok=True)
        (output / "visit_fields.h").write_text("\n".join(visit_fields(messages)))
        return
    contents = {name: emitter.header() for name, emitter in files.items()}
    contents["api_keys.h"] = api_keys(messages)
    contents["api_table.cpp"] = api_table(messages)
    contents["record_print_table.cpp"] = record_print(messages)
    contents["messages/all.h"] = round_trip(messages)
    sources = sorted(((len(e.source()), m.name, e) for m, e in zip(messages, files.values())), key=lambda item: (-item[0], item[1]))
    bins = [[0, []] for _ in range(SOURCES)]
    for size, _, emitter in sources:
        smallest = min(bins, key=lambda b: b[0])
        smallest[0] += size
        smallest[1].append(emitter)
    for i, (_, emitters) in enumerate(bins):
        body = ["// Generated from protocol/schema; change it there."]
        body += [f'#include "embedded-broker/protocol/messages/{snake(e.m.name)}.h"' for e in emitters]
        body += ["", "#include <fmt/format.h>", "", "namespace broker::protocol {", ""]
        for e in emitters:
            body += e.source()
        body += ["} // namespace broker::protocol", ""]
        contents[f"messages/messages_{i}.cpp"] = body
    (output / "messages").mkdir(parents=True, exist_ok=True)
    for name, lines in contents.items():
        target, text = output / name, "\n".join(lines)
        if not target.exists() or target.read_text() != text:
            target.write_text(text)


main()
