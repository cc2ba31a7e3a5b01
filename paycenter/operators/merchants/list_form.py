"""Forms with lists of hosts or networks, judged entry by entry."""

from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from paycenter.operators.theme import ModelForm, TextareaWidget


class ListForm(ModelForm):
    """``list_fields`` are columns of several entries, written with commas between them."""

    list_fields: ClassVar[tuple[str, ...]] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.list_fields:
            if name not in self.fields:
                continue
            # Judged by the form: of an error the model finds in a list, Django's form drops all but
            # the place.
            entries: Any = self._meta.model._meta.get_field(name)
            field: Any = self.fields[name]
            field.widget = TextareaWidget(attrs={"rows": 2})
            field.base_field.validators = entries.base_field.validators
            field.error_messages["item_invalid"] = _("Entry %(nth)s:")
