// The window's program: reads its options, puts the window together, runs it.
#include "app/desktop/check.h"
#include "app/desktop/picture.h"
#include "app/desktop/quit_signals.h"
#include "app/desktop/services.h"
#include "app/desktop/state_door.h"
#include "app/desktop/turn_probe.h"
#include "app/desktop/window.h"
#include "models/secrets/keychain.h"
#include "models/store/state_paths.h"
#include "ui/shell/single_instance.h"
#include "ui/shell/window_state.h"
#include "ui/theme/appearance.h"

#include <QApplication>
#include <QCommandLineParser>
#include <QIcon>
#include <QLibraryInfo>
#include <QLocale>
#include <QTimer>
#include <QTranslator>
#include <csignal>
#include <cstdio>
#include <sys/resource.h>

int runDesktop(int argc, char** argv);

namespace {

class Main {
    Q_DECLARE_TR_FUNCTIONS(Main)
};

int refuse(const QString& sentence) {
    std::fprintf(stderr, "samsa: %s\n", qPrintable(sentence));
    return 2;
}

} // namespace

int runDesktop(int argc, char** argv) {
    ::signal(SIGPIPE, SIG_IGN); // OpenSSL writes to sockets that a broker may have closed
    // Passwords are in this memory: a crash leaves no copy of it behind.
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    Q_INIT_RESOURCE(samsa_translations);
    QCoreApplication::setApplicationName(QStringLiteral("samsa"));
    QCoreApplication::setApplicationVersion(QStringLiteral(SAMSA_VERSION));
    QGuiApplication::setDesktopFileName(QStringLiteral("samsa"));
    app::desktop::Application application(argc, argv);
    // English first: it brings the plurals of every sentence that a language has not translated yet.
    QTranslator english, texts;
    if (english.load(QStringLiteral(":/samsa/translations/samsa_en.qm")))
        QCoreApplication::installTranslator(&english);
    if (QLocale().language() != QLocale::English && texts.load(QLocale(), QStringLiteral("samsa"), QStringLiteral("_"), QStringLiteral(":/samsa/translations")))
        QCoreApplication::installTranslator(&texts);

    QCommandLineParser parser;
    parser.setApplicationDescription(Main::tr("A native desktop workbench for Apache Kafka"));
    parser.addPositionalArgument(QStringLiteral("place"), Main::tr("Where to go, as copied from the window: samsa:..."), QStringLiteral("[place]"));
    const QCommandLineOption gallery(QStringLiteral("gallery"), Main::tr("Show every control in every state"));
    const QCommandLineOption picture(QStringLiteral("picture"), Main::tr("Save the window's picture and quit"), QStringLiteral("file"));
    const QCommandLineOption after(QStringLiteral("after"), Main::tr("Milliseconds before the picture"), QStringLiteral("ms"), QStringLiteral("1500"));
    const QCommandLineOption place(QStringLiteral("place"), Main::tr("Where to go"), QStringLiteral("location"));
    const QCommandLineOption scheme(QStringLiteral("theme"), Main::tr("light, dark or system"), QStringLiteral("name"));
    const QCommandLineOption size(QStringLiteral("size"), Main::tr("Size of the window"), QStringLiteral("WIDTHxHEIGHT"));
    const QCommandLineOption palette(QStringLiteral("palette"), Main::tr("Open the palette with these words"), QStringLiteral("words"));
    const QCommandLineOption demo(QStringLiteral("demo"), Main::tr("Start a local cluster with the demo load"));
    const QCommandLineOption check(QStringLiteral("check"), Main::tr("With --demo: watch it for a short while, save a picture, say what was seen"), QStringLiteral("file"));
    const QCommandLineOption rate(QStringLiteral("rate"), Main::tr("With --demo: messages a second"), QStringLiteral("number"), QStringLiteral("200"));
    for (const auto& option : {gallery, picture, after, place, scheme, size, palette, demo, check, rate})
        parser.addOption(option);
    parser.addHelpOption();
    parser.addVersionOption();
    parser.process(application);

    const QString placeText = parser.isSet(place) ? parser.value(place) : parser.positionalArguments().value(0);
    std::optional<ui::shell::Location> start;
    if (!placeText.isEmpty()) {
        start = ui::shell::Location::fromText(placeText);
        if (!start)
            return refuse(Main::tr("'%1' is not a place; places look like samsa:local%3Aorders/topics").arg(placeText));
    }
    if (parser.isSet(gallery))
        start = ui::shell::Location{{}, QStringLiteral("gallery"), {}, {}};

    const double demoRate = parser.value(rate).toDouble();
    if (!(demoRate >= 0.1 && demoRate <= 1e6))
        return refuse(Main::tr("--rate is a number of messages a second from 0.1 to 1000000, not '%1'").arg(parser.value(rate)));

    const QString home = models::store::stateDirectory();
    const bool forPicture = parser.isSet(picture) || parser.isSet(check);
    ui::shell::SingleInstance instance(home);
    if (!forPicture) {
        if (instance.handOver(start ? start->toText() : QString()))
            return 0;
        instance.listen();
    }

    ui::shell::WindowState state(home + QStringLiteral("/window.json"));
    const QString schemeText = parser.isSet(scheme) ? parser.value(scheme) : state.value(QStringLiteral("window"), QStringLiteral("theme")).toString();
    const auto choice = ui::theme::choiceFromText(schemeText.isEmpty() ? QStringLiteral("system") : schemeText);
    if (parser.isSet(scheme) && !choice)
        return refuse(Main::tr("--theme is light, dark or system, not '%1'").arg(schemeText));
    ui::theme::Appearance appearance(choice.value_or(ui::theme::Choice::System));
    QApplication::setWindowIcon(QIcon(QStringLiteral(":/samsa/app-icon.svg")));

    // A keychain's entries belong to this profile: one that was moved has its own.
    app::desktop::Services services(models::secrets::systemKeychain(qEnvironmentVariableIsEmpty("SAMSA_HOME") ? QStringLiteral("samsa") : QStringLiteral("samsa ") + home));
    app::desktop::Window window(services, state, appearance);
    QObject::connect(&instance, &ui::shell::SingleInstance::received, &window, [&window](const QString& text) {
        auto& main = window.main();
        if (const auto location = ui::shell::Location::fromText(text))
            main.go(*location);
        main.setWindowState(main.windowState() & ~Qt::WindowMinimized);
        main.raise();
        main.activateWindow();
    });
    if (parser.isSet(size)) {
        const QStringList parts = parser.value(size).split(u'x');
        const QSize wanted(parts.value(0).toInt(), parts.value(1).toInt());
        if (wanted.width() < 320 || wanted.height() < 240 || wanted.width() > 16384 || wanted.height() > 16384)
            return refuse(Main::tr("--size is WIDTHxHEIGHT in pixels, not '%1'").arg(parser.value(size)));
        window.main().resize(wanted);
    }
    const app::desktop::QuitSignals quitSignals;
    QObject::connect(&quitSignals, &app::desktop::QuitSignals::asked, &window.main(), &QWidget::close);
    window.main().show();
    const auto door = app::desktop::StateDoor::open(window);
    if (parser.isSet(demo))
        window.startLocal(demoRate);
    if (!parser.isSet(demo) || start)
        window.start(start);
    if (!services.databaseProblem.isEmpty())
        window.main().notify({Main::tr("Samsa's database cannot be used, so nothing is kept: %1").arg(services.databaseProblem), ui::theme::Tone::Bad});
    if (parser.isSet(palette))
        QTimer::singleShot(parser.value(after).toInt() / 2, &window, [&] { window.main().palette().open(window.main().place().kind, parser.value(palette)); });

    int result = forPicture ? 1 : 0; // closed before there was one
    if (parser.isSet(check)) {
        app::desktop::Check checking(services, window, parser.value(check));
        QObject::connect(&checking, &app::desktop::Check::finished, &application, [&](bool good) {
            result = good ? 0 : 1;
            QCoreApplication::quit();
        });
        application.exec();
    } else {
        if (parser.isSet(picture)) {
            QTimer::singleShot(std::clamp(parser.value(after).toInt(), 0, 600000), &window, [&] {
                const bool saved = app::desktop::savePicture(&window.main(), parser.value(picture));
                result = saved ? 0 : refuse(Main::tr("the picture could not be written to %1").arg(parser.value(picture)));
                QCoreApplication::quit();
            });
        }
        application.exec();
    }
    instance.close(); // what is left to do takes a moment: who starts Samsa now gets a window of its own
    return result;
}
