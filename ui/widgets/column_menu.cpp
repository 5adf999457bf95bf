#include "ui/widgets/column_menu.h"

#include <QAction>
#include <QCoreApplication>
#include <QFileDialog>
#include <QMenu>
#include <algorithm>

namespace ui::widgets {

namespace {
struct Text {
    Q_DECLARE_TR_FUNCTIONS(ColumnMenu)
};
} // namespace

void fillColumnMenu(QMenu* menu, const QList<ColumnChoice>& columns, const std::function<void(int, bool)>& show, const std::function<void()>& reset) {
    const auto shown = std::count_if(columns.begin(), columns.end(), [](const auto& column) { return column.shown; });
    for (qsizetype i = 0; i < columns.size(); ++i) {
        // An & in a name from outside is no mnemonic.
        QString title = columns[i].title;
        QAction* item = menu->addAction(title.replace(u'&', QStringLiteral("&&")));
        item->setCheckable(true);
        item->setChecked(columns[i].shown);
        item->setEnabled(!columns[i].shown || shown > 1);
        QObject::connect(item, &QAction::toggled, menu, [show, i](bool on) { show(static_cast<int>(i), on); });
    }
    menu->addSeparator();
    menu->addAction(Text::tr("Columns as at first"), menu, reset);
}

std::optional<std::pair<QString, int>> askExportFile(QWidget* near, const QString& title, const QString& suggested, const QList<FileKind>& kinds) {
    QStringList filters;
    for (const auto& kind : kinds)
        filters.append(QStringLiteral("%1 (*.%2)").arg(kind.name, kind.suffix));
    QString chosen;
    QString path = QFileDialog::getSaveFileName(near, title, suggested, filters.join(QStringLiteral(";;")), &chosen);
    if (path.isEmpty())
        return std::nullopt;
    int kind = std::max(0, static_cast<int>(filters.indexOf(chosen)));
    if (!path.endsWith(u'.' + kinds[kind].suffix)) {
        const auto named = std::find_if(kinds.begin(), kinds.end(), [&path](const auto& one) { return path.endsWith(u'.' + one.suffix); });
        if (named != kinds.end())
            kind = static_cast<int>(named - kinds.begin());
        else
            path += u'.' + kinds[kind].suffix;
    }
    return std::pair(path, kind);
}

} // namespace ui::widgets
