"""Questions made from documents, without a language model and with one."""
