"""From text and figures to a document model, and from there to Markdown, HTML and DOCX."""
