"""Reports: one document, its forms (text, Markdown, card, e-mail, page), and scheduled sending."""
