"""The one-pager: facts, sentences, page, prints."""
