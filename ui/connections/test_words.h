#pragma once
// A test step in the user's words: what it is, what was seen, and where it failed what to do next.

#include "models/wire/connection_test.h"

#include <QString>

namespace ui::connections {

struct StepWords {
    QString title; ///< "Ports answer", or what is wrong: "TLS: the server's certificate has expired"
    QString seen;  ///< what was seen; may be several lines
    QString next;  ///< empty where nothing has to be done
};

/// `login` is the mechanism's name. Texts of the other side stand in `seen` only: show it plain.
StepWords wordsOf(const models::wire::StepReport& report, const QString& login, const QDateTime& now = QDateTime::currentDateTime());

/// A certificate, one fact a line.
QString certificateText(const models::wire::ShownCertificate& certificate);

/// All steps as text for whoever runs the cluster. No secret is in it.
QString ticketText(const QList<models::wire::StepReport>& steps, const QString& servers, const QString& login);

} // namespace ui::connections
