#include "ui/charts/chart_commands.h"

#include "ui/charts/time_chart.h"

#include <QApplication>
#include <QCoreApplication>
#include <QFileInfo>

namespace ui::charts {
namespace {

struct Text {
    Q_DECLARE_TR_FUNCTIONS(Charts)
};

TimeChart* chosenOf(const QWidget* page) {
    TimeChart* first = nullptr;
    for (auto* chart : page->findChildren<TimeChart*>()) {
        if (!chart->isVisible())
            continue;
        if (chart->hasFocus())
            return chart;
        first = first == nullptr ? chart : first;
    }
    return first;
}

} // namespace

void addChartCommands(shell::PageContext& context, shell::Page* page, const QString& kind) {
    const auto add = [&](const char* id, const QString& text, const QKeySequence& key, const QString& explanation, TimeChart::Format format) {
        context.actions().add({.id = kind + QLatin1String(id), .text = text, .key = key, .context = kind, .explanation = explanation,
                                  .run =
                                      [&context, page, format] {
                                          if (auto* chart = chosenOf(page))
                                              chart->saveAs(format);
                                          else
                                              context.notify({Text::tr("No chart is shown here now."), theme::Tone::Neutral});
                                      }},
            page);
    };
    add(".chartPicture", Text::tr("Save the chart as a picture"), QKeySequence(Text::tr("Ctrl+Shift+I")), Text::tr("The chart that has the keyboard, with title and legend, as PNG"), TimeChart::Format::Png);
    add(".chartCsv", Text::tr("Save the chart as CSV"), QKeySequence(Text::tr("Ctrl+Shift+E")), Text::tr("The numbers of the chart that has the keyboard"), TimeChart::Format::Csv);
    for (auto* chart : page->findChildren<TimeChart*>()) {
        QObject::connect(chart, &TimeChart::saved, page, [&context](const QString& path) { context.notify({Text::tr("Saved %1").arg(QFileInfo(path).fileName()), theme::Tone::Good}); });
        QObject::connect(chart, &TimeChart::failed, page, [&context](const QString& sentence) { context.notify({sentence, theme::Tone::Bad}); });
    }
}

} // namespace ui::charts
