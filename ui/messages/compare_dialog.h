#pragma once
// Two messages side by side: what differs, or every field; and the chosen line's two texts in full with the stretch in which they differ.

#include "models/messages/comparison.h"

#include <QString>

class QWidget;

namespace ui::messages {

/// Compares elsewhere, then opens over the window of `near`.
void showComparison(const models::messages::KeptMessage& left, const models::messages::KeptMessage& right, QWidget* near);

/// "orders 2 · 48,812,087", with its cluster where that is another one.
QString nameOf(const models::messages::KeptMessage& message, const models::messages::KeptMessage& other);

} // namespace ui::messages
