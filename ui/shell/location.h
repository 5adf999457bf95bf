#pragma once
// A place in the window as a value: which cluster, which page, which thing on it, and how it was being looked at. Links, Back and
// Forward, the palette, copied links and session restore all deal in Locations only, so features never include one another.
//
// As text: `samsa:CLUSTER/KIND/NAME?key=value&key=value`, percent-encoded; parts at the end may be missing.
//     samsa:local%3Aorders-dev/topics/orders?partition=3

#include <QMap>
#include <QMetaType>
#include <QString>
#include <optional>

namespace ui::shell {

struct Location {
    QString cluster; ///< key of the cluster, empty for places of the program itself (gallery, welcome)
    QString kind;    ///< id of the page: "overview", "topics", "messages", ...
    QString name;    ///< topic, group, broker...; empty = the list
    QMap<QString, QString> view; ///< filter, partition, offset, ...; each page names its own

    [[nodiscard]] bool isEmpty() const { return kind.isEmpty(); }
    /// Same cluster, page and thing; how it is looked at may differ.
    [[nodiscard]] bool samePlace(const Location& other) const {
        return cluster == other.cluster && kind == other.kind && name == other.name;
    }
    [[nodiscard]] QString toText() const;
    /// Nothing when it is not a place: another scheme, no kind, a name of more than 4,096 characters.
    static std::optional<Location> fromText(const QString& text);
    bool operator==(const Location&) const = default;
};

} // namespace ui::shell

Q_DECLARE_METATYPE(ui::shell::Location)
