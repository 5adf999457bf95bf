#pragma once
// Which columns are shown, and where an export goes: the same for the two tables of the program.

#include <QList>
#include <QString>
#include <functional>
#include <optional>
#include <utility>

class QMenu;
class QWidget;

namespace ui::widgets {

struct ColumnChoice {
    QString title;
    bool shown = true;
};

/// One entry a column, in the order given; the last one that is shown stays. `show` gets the position in `columns`; `reset` brings back the columns as at first.
void fillColumnMenu(QMenu* menu, const QList<ColumnChoice>& columns, const std::function<void(int column, bool shown)>& show, const std::function<void()>& reset);

struct FileKind {
    QString name;   ///< "CSV"
    QString suffix; ///< "csv"
};
/// Asks where to; the path and the position of the kind that was chosen, by the name's ending where it tells. None: nothing is wanted.
std::optional<std::pair<QString, int>> askExportFile(QWidget* near, const QString& title, const QString& suggested, const QList<FileKind>& kinds);

} // namespace ui::widgets
