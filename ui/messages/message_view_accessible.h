#pragma once
// The loaded rows of a MessageView as a table for screen readers. A row here is a row of the window around the reader, not of the topic.

namespace ui::messages {

class MessageView;

/// Once; later calls do nothing.
void installMessageViewAccessible();
/// The current row is another one: whoever reads the screen aloud is told.
void tellCurrent(MessageView* view);

} // namespace ui::messages
