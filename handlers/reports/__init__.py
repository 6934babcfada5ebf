"""Reports: one document, its forms (text, Markdown, card, e-mail, page), and how they are sent on time."""
