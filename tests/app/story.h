#pragma once
// The hands of a story: keys, and what came of them. A story is a test class that inherits them beside QObject.
#include "tests/support/real_desktop.h"

#include <QTest>
#include <memory>

/// Stops at the first thing that does not happen.
#define EXPECT(what, condition, ...) \
    QVERIFY2(m_desktop->wait(what, [&](const Sight& sight) { Q_UNUSED(sight); return condition; } __VA_OPT__(, ) __VA_ARGS__), qPrintable(m_desktop->problem()))
#define QUICK() \
    do { \
        const QStringList turns = m_desktop->longTurns(); \
        QVERIFY2(turns.isEmpty(), qPrintable(turns.join(u'\n'))); \
    } while (false)

namespace tests {

using namespace Qt::StringLiterals;

class StoryHands {
protected:
    std::unique_ptr<RealDesktop> m_desktop;

    /// Step after step; the first that fails is named and ends the story.
    template <class Story>
    static void tell(Story* story, std::initializer_list<std::pair<const char*, void (Story::*)()>> steps) {
        for (const auto& [name, step] : steps) {
            (story->*step)();
            if (QTest::currentTestFailed()) {
                qWarning("in the step: %s", name);
                return;
            }
        }
    }
    void goTo(const QString& words, const QString& kind) {
        m_desktop->key(u"ctrl+k"_s);
        EXPECT(u"the palette is open"_s, sight.over() == u"Go anywhere, do anything"_s && sight.focusRole() == u"field"_s);
        m_desktop->type(words);
        EXPECT(u"the words are typed"_s, sight.all[u"focus"_s][u"value"_s].toString() == words);
        m_desktop->key(u"Return"_s);
        EXPECT(u"the place is shown: "_s + kind, sight.over().isEmpty() && sight.place().contains(u'/' + kind));
    }
    /// Presses `key` until `where` is `target`; each time it has to lead somewhere.
    void pressUntil(const QString& key, const QString& target, const std::function<QString(const Sight&)>& where) {
        QString at = where(m_desktop->look());
        for (int i = 0; i < 40 && at != target; ++i) {
            m_desktop->key(key);
            EXPECT(u"%1 leads on from \"%2\""_s.arg(key, at), where(sight) != at);
            at = where(m_desktop->look());
        }
        QCOMPARE(at, target);
    }
    /// The focus goes on by Tab until it stands on what has one of these names.
    void tabTo(const QStringList& names) {
        const auto where = [](const Sight& sight) { return sight.focusRole() + u' ' + sight.focusName(); };
        for (int i = 0; i < 60 && !names.contains(m_desktop->look().focusName()); ++i) {
            const QString at = where(m_desktop->look());
            m_desktop->key(u"Tab"_s);
            EXPECT(u"Tab leads on from \"%1\" to \"%2\""_s.arg(at, names.first()), where(sight) != at);
        }
        QVERIFY2(names.contains(m_desktop->look().focusName()), qPrintable(names.first()));
    }
    void tabTo(const QString& name) { tabTo(QStringList{name}); }
    /// Fills the field that has the focus, whatever stands in it.
    void fill(const QString& text) {
        m_desktop->key(u"ctrl+a"_s);
        m_desktop->type(text);
    }
    void fill(const QString& field, const QString& text) {
        tabTo(field);
        fill(text);
    }
    /// Takes the last of these entries of a box of choices. Qt names a box on this system by the entry that it shows.
    void takeLast(const QStringList& entries) {
        tabTo(entries);
        pressUntil(u"Down"_s, entries.last(), &Sight::focusName);
    }
    /// A plan stands on the screen: yes, by its key.
    void approve(const QString& title) {
        EXPECT(u"the plan is shown: "_s + title, sight.over().contains(title));
        m_desktop->key(u"Return"_s);
        carriedOut(u"the plan is carried out: "_s + title, [](const Sight& sight) { return sight.over().isEmpty(); });
    }
    /// On a busy machine a broker may let a request time out: the dialog says so, and that nothing was changed, and takes Return once more.
    void carriedOut(const QString& what, const std::function<bool(const Sight&)>& done) {
        for (int tries = 0; tries < 3; ++tries) {
            bool refused = false;
            EXPECT(what, (refused = !done(sight) && sight.says(u"^Nothing was changed"_s)) || done(sight), 30'000);
            if (!refused)
                return;
            m_desktop->key(u"Return"_s);
        }
        EXPECT(what, done(sight), 30'000);
    }
    void act(const QString& words, const QString& plan) {
        m_desktop->key(u"ctrl+shift+p"_s);
        EXPECT(u"the palette is open"_s, sight.over() == u"Go anywhere, do anything"_s && sight.focusRole() == u"field"_s);
        m_desktop->type(words);
        EXPECT(u"the words are typed"_s, sight.all[u"focus"_s][u"value"_s].toString() == u'>' + words);
        m_desktop->key(u"Return"_s);
        if (!plan.isEmpty())
            approve(plan);
    }

    /// On the page of topics.
    void createTopic(const QString& name) {
        m_desktop->key(u"ctrl+n"_s);
        EXPECT(u"the form is open"_s, sight.over() == u"Create topic"_s && sight.focusName() == u"Name"_s);
        m_desktop->type(name);
        EXPECT(u"the name is typed"_s, sight.all[u"focus"_s][u"value"_s].toString() == name);
        m_desktop->key(u"Return"_s);
        EXPECT(u"the form is gone"_s, sight.over() != u"Create topic"_s);
        if (!m_desktop->look().over().isEmpty())
            approve(u"Create"_s);
        EXPECT(u"the topic is there, and chosen"_s, sight.chosen(u"Topics"_s) == name, 30'000);
    }
    /// Where a list of settings is: its form, filled in.
    void giveSetting(const QString& name, const QString& value) {
        m_desktop->key(u"slash"_s);
        EXPECT(u"its key leads to the filter of the settings"_s, sight.focusName() == u"Filter settings"_s);
        m_desktop->type(name);
        EXPECT(u"the setting is found"_s, !sight.row(u"Settings"_s, name).isEmpty() && sight.count(u"Settings"_s) < 8);
        m_desktop->key(u"Down"_s);
        EXPECT(u"the arrow leads to the list"_s, sight.focusName() == u"Settings"_s || sight.focusRole() == u"table"_s);
        pressUntil(u"Down"_s, name, [](const Sight& sight) { return sight.chosen(u"Settings"_s); });
        m_desktop->key(u"Return"_s);
        EXPECT(u"its form is open"_s, sight.over() == name && sight.focusName() == u"New value"_s);
        m_desktop->type(value);
        m_desktop->key(u"Return"_s);
    }
    /// On the page of a topic, or of the topics with one chosen.
    void deleteTopic(const QString& name) {
        m_desktop->key(u"shift+Delete"_s);
        EXPECT(u"the plan asks for the name"_s, sight.over().contains(name) && sight.focusRole() == u"field"_s);
        m_desktop->type(name);
        m_desktop->key(u"Return"_s);
        carriedOut(u"the topic is gone"_s, [&](const Sight& sight) {
            return sight.over().isEmpty() && sight.place().endsWith(u"/topics"_s) && sight.count(u"Topics"_s) > 0 && sight.row(u"Topics"_s, name).isEmpty();
        });
    }
    /// On the page that sends, its form open.
    void sendMessage(const QString& topic, const QString& value) {
        EXPECT(u"the form for one message is open"_s, sight.place().contains(u"send/"_s + topic));
        pressUntil(u"Tab"_s, u"Value"_s, [](const Sight& sight) { return sight.focusName(); });
        m_desktop->type(value);
        EXPECT(u"the value is typed"_s, sight.all[u"focus"_s][u"value"_s].toString().contains(value));
        m_desktop->key(u"ctrl+Return"_s);
        approve(u"Send message"_s);
        EXPECT(u"the message is written, and where"_s, sight.says(u"^Send message to %1: partition \\d+, offset \\d+$"_s.arg(topic)));
    }
};

} // namespace tests
